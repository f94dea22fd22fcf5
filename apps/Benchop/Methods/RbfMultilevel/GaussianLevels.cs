using Headrace.Apps.Benchop.Collocation;

namespace Headrace.Apps.Benchop.Methods.RbfMultilevel;

/// <summary>
/// Three levels of Gaussians exp(-(e r / s)^2), where the spacing s of the levels is four, two and one node intervals.
/// </summary>
internal sealed class GaussianLevels : ILineDiscretisation
{
    /// <summary>
    /// The value of e. Smooth functions are represented up to an error of exp(-pi^2/e^2), about 1e-11, which does not
    /// vanish with the spacing. Flatter Gaussians would reduce this error, but lose digits in the fit.
    /// </summary>
    private const double Shape = 0.62;

    /// <summary>The number of centres that each level has before the first node and after the last node.</summary>
    private const int Outside = 2;

    private static readonly int[] Spacings = [4, 2, 1];

    public int Order => 4;

    public int Steps(int intervals) => Math.Max(10, intervals / 5);

    public ILineSpace? Build(LineTask task, int intervals)
    {
        var nodes = task.Nodes(intervals);
        var last = nodes.Z.Length - 1;
        return new LeastSquaresSpace(nodes, [.. Spacings.Select(spacing => Level(last, spacing))]);
    }

    private static RadialLevel Level(int last, int spacing)
    {
        var count = (int)Math.Ceiling((double)last / spacing) + 1 + (2 * Outside);
        var scale = Shape / spacing;
        return new RadialLevel(
            [.. Enumerable.Range(0, count).Select(k => (double)(spacing * (k - Outside)))],
            distance =>
            {
                var x = scale * distance;
                var value = Math.Exp(-x * x);
                return (value, -2 * scale * x * value, scale * scale * ((4 * x * x) - 2) * value);
            }
        );
    }
}
