namespace Headrace.Apps.Benchop.Problems;

/// <summary>
/// The evaluation points: today's spots, in pairs for a contract on two assets. Never empty; immutable.
/// </summary>
internal sealed class Points
{
    private readonly double[] _spots;
    private readonly double[] _secondSpots;

    public Points(IEnumerable<double> spots, IEnumerable<double>? secondSpots = null)
    {
        _spots = [.. spots];
        _secondSpots = secondSpots is null ? [] : [.. secondSpots];
        if (_spots.Length == 0)
            throw new ArgumentException("At least one evaluation point is required.", nameof(spots));

        if (secondSpots is not null && _secondSpots.Length != _spots.Length)
            throw new ArgumentException(
                $"The first asset has {_spots.Length} spots and the second has {_secondSpots.Length}, but both must "
                    + $"have the same number.",
                nameof(secondSpots)
            );
    }

    public int Count => _spots.Length;

    /// <summary>S, or S1 of each pair.</summary>
    public ReadOnlySpan<double> Spots => _spots;

    /// <summary>S2 of each pair; empty when there is one asset.</summary>
    public ReadOnlySpan<double> SecondSpots => _secondSpots;
}
