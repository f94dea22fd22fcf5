using System.Globalization;
using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Collocation;

/// <summary>
/// Decides which problems the nodes on a line can resolve. A problem outside these limits is not priced, because its
/// error is unknown.
/// </summary>
internal static class LineChecks
{
    /// <summary>The range of standard deviations of ln S at maturity for which the methods have been tested.</summary>
    private const double MinDeviation = 1e-6;

    private const double MaxDeviation = 1.25;

    /// <summary>The largest distance out of the money, in standard deviations.</summary>
    public const double MaxDepth = 5;

    /// <summary>The largest distance between a spot and the strike, in standard deviations.</summary>
    private const double MaxDistance = 40;

    public static string? Deviation(double deviation) =>
        deviation is >= MinDeviation and <= MaxDeviation
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"The standard deviation of ln S at maturity is {deviation:G3}. This method supports {MinDeviation:G1} "
                    + $"to {MaxDeviation:G3}. Use a closed form or the 'cos' method."
            );

    /// <param name="z">The distance between the forward price and the strike, in standard deviations.</param>
    public static string? Spot(double spot, double z) =>
        z is >= -MaxDepth and <= MaxDistance
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"The forward price for S={spot:R} is {Figure.Of(Math.Abs(z), 1)} standard deviations "
                    + $"{(z < 0 ? "below" : "above")} the strike. This method supports at most {MaxDepth} below and "
                    + $"{MaxDistance} above. Use a closed form or the 'cos' method."
            );

    /// <summary>Checks the nodes around a spot that is z standard deviations from the strike.</summary>
    public static string? Spacing(double[] nodes, double spot, double z, int order, int intervals)
    {
        var place = Array.BinarySearch(nodes, z);
        place = Math.Clamp(place < 0 ? ~place : place, 1, nodes.Length - 1);
        var spacing = nodes[place] - nodes[place - 1];
        var depth = Math.Max(0, -z);
        var loss =
            order == 2 ? GridReach.SecondOrderLoss(depth, spacing) / 4 : GridReach.FourthOrderLoss(depth, spacing);
        return z > 0 || loss <= 0.05
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"With {intervals} intervals, the nodes around S={spot:R}, which is {Figure.Of(depth, 1)} standard "
                    + $"deviations out of the money, are {Figure.Of(spacing, 2)} standard deviations apart. This is "
                    + $"too coarse to resolve the price. Increase the work parameter."
            );
    }
}
