using Headrace.Apps.Benchop.Models;

namespace Headrace.Apps.Benchop.Problems;

/// <summary>A benchmark problem with its default parameters, as listed by <see cref="ProblemCatalogue"/>.</summary>
/// <param name="SecondSpots">S2 of each default point; empty when there is one asset.</param>
/// <param name="Build">
/// Builds the contract and the model from the settings, all of which must be present and in range.
/// </param>
internal sealed record ProblemDefinition(
    string Id,
    string Title,
    Quantity Quantity,
    IReadOnlyList<Setting> Settings,
    IReadOnlyList<double> Spots,
    IReadOnlyList<double> SecondSpots,
    Func<IReadOnlyDictionary<string, double>, (Contract Contract, Model Model)> Build
)
{
    public bool HasTwoAssets => SecondSpots.Count > 0;

    /// <summary>The names under which callers set the evaluation points.</summary>
    public IReadOnlyList<string> PointNames => HasTwoAssets ? ["S1", "S2"] : ["S"];
}
