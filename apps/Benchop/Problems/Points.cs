namespace Headrace.Apps.Benchop.Problems;

/// <summary>
/// The evaluation points: today's spots, in pairs for a contract on two assets. Never empty, never changed.
/// </summary>
internal sealed class Points
{
    private readonly double[] spots;
    private readonly double[] secondSpots;

    public Points(IEnumerable<double> spots, IEnumerable<double>? secondSpots = null)
    {
        this.spots = [.. spots];
        this.secondSpots = secondSpots is null ? [] : [.. secondSpots];
        if (this.spots.Length == 0)
        {
            throw new ArgumentException("There is no evaluation point.", nameof(spots));
        }

        if (secondSpots is not null && this.secondSpots.Length != this.spots.Length)
        {
            throw new ArgumentException(
                $"{this.spots.Length} first and {this.secondSpots.Length} second spots do not pair.",
                nameof(secondSpots)
            );
        }
    }

    public int Count => spots.Length;

    /// <summary>S, or S1 of each pair.</summary>
    public ReadOnlySpan<double> Spots => spots;

    /// <summary>S2 of each pair; empty when there is one asset.</summary>
    public ReadOnlySpan<double> SecondSpots => secondSpots;
}
