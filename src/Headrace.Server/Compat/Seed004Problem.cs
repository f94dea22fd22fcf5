namespace Headrace.Server.Compat;

/// <summary>
/// A problem from the BENCHOP benchmark, identified by the id that the pricing methods use and by its name in seed
/// system 004. That system offered only the six price problems under Black-Scholes.
/// </summary>
internal sealed record Seed004Problem(string Id, string? SeedName = null)
{
    public static readonly IReadOnlyList<Seed004Problem> All =
    [
        new("1a-I", "problem1_A1"),
        new("1a-II", "problem1_A2"),
        new("1a-delta-I"),
        new("1a-delta-II"),
        new("1a-gamma-I"),
        new("1a-gamma-II"),
        new("1a-vega-I"),
        new("1a-vega-II"),
        new("1b-I", "problem1_B1"),
        new("1b-II", "problem1_B2"),
        new("1c-I", "problem1_C1"),
        new("1c-II", "problem1_C2"),
        new("2a"),
        new("2b"),
        new("3-I"),
        new("3-II"),
        new("4"),
        new("slv-heston"),
        new("5"),
        new("6"),
    ];

    /// <summary>The name of the problem in replies.</summary>
    public string Name => SeedName ?? Id;

    /// <summary>Whether the contract has a barrier, which the seed system places at 1.25 times the strike.</summary>
    public bool HasBarrier => Id.StartsWith("1c", StringComparison.Ordinal);

    /// <summary>The names of all problems, listed in the message about an unknown name.</summary>
    public static string Names => string.Join(", ", All.Select(problem => problem.Name));

    /// <summary>Finds a problem by either name. An id without a set, such as 1a, means set I.</summary>
    public static Seed004Problem? Find(string name) =>
        All.FirstOrDefault(problem =>
            name.Equals(problem.SeedName, StringComparison.OrdinalIgnoreCase)
            || name.Equals(problem.Id, StringComparison.OrdinalIgnoreCase)
            || $"{name}-I".Equals(problem.Id, StringComparison.OrdinalIgnoreCase)
        );
}
