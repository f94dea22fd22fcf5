using System.Text.Json.Serialization;
using Headrace.Apps.Benchop.Measuring;

namespace Headrace.Apps.Benchop.Ranking;

/// <summary>The difference between two runs in one cell.</summary>
/// <param name="Ratio">
/// The ratio of the new CPU time to the old one; null unless both runs met the target.
/// </param>
internal sealed record CellChange(
    string Problem,
    string Method,
    ChangeKind Kind,
    double? Ratio,
    Cell? Before,
    Cell? After
);

[JsonConverter(typeof(EnumNameConverter<ChangeKind>))]
internal enum ChangeKind
{
    /// <summary>The CPU time is lower, and the confidence intervals do not overlap.</summary>
    Faster,

    /// <summary>The CPU time is higher, and the confidence intervals do not overlap.</summary>
    Slower,

    /// <summary>The confidence intervals overlap.</summary>
    Same,

    /// <summary>Only the second run met the target.</summary>
    NowMet,

    /// <summary>Only the first run met the target.</summary>
    NowMissed,

    /// <summary>Neither run met the target.</summary>
    Missed,

    /// <summary>Only the first run has the cell.</summary>
    OnlyBefore,

    /// <summary>Only the second run has the cell.</summary>
    OnlyAfter,
}
