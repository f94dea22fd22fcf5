namespace Headrace.Server.Compat;

/// <summary>
/// A row in the tables of seed system 004, and the pricing method that computes it. The seed system lists its methods
/// in a fixed order, and its clients find a value by its position in that order.
/// </summary>
/// <param name="Label">The name of the method in replies.</param>
/// <param name="Name">The name of the method in Headrace; null if Headrace has no such method.</param>
internal sealed record Seed004Method(string Label, string? Name)
{
    private static readonly IReadOnlyList<Seed004Method> OfTheSeed =
    [
        new("MC", null)
        {
            WhyMissing =
                "Monte Carlo without variance reduction is not offered. MC-S is stratified and antithetic Monte Carlo.",
        },
        new("MC-S", "mc"),
        new("QMC-S", "qmc"),
        new("MLMC", "mlmc"),
        new("MLMC-A", "mlmca"),
        new("FFT", "fft"),
        new("FGL", "fgl"),
        new("COS", "cos"),
        new("FD", "fd"),
        new("FD-NU", "fdnu"),
        new("FD-AD", "fdad"),
        new("RBF", "rbf"),
        new("RBF-FD", "rbffd"),
        new("RBF-PUM", "rbfpum"),
        new("RBF-LSML", "rbflsml"),
        new("RBF-AD", "rbfad"),
        new("RBF-MLT", null)
        {
            WhyMissing = "RBF-MLT is not offered: neither its code nor a description of it could be obtained.",
        },
    ];

    /// <summary>The reason why the row has no values if no worker offers its method.</summary>
    public string WhyMissing { get; private init; } = "No worker has offered this method.";

    /// <summary>
    /// Returns the rows of a table: first the rows of the seed system in its order, then the other offered methods by
    /// name.
    /// </summary>
    /// <param name="offered">The names of the offered methods.</param>
    public static IReadOnlyList<Seed004Method> Rows(IReadOnlyCollection<string> offered) =>
        [
            .. OfTheSeed,
            .. offered
                .Where(name => OfTheSeed.All(method => method.Name != name))
                .Order(StringComparer.Ordinal)
                .Select(name => new Seed004Method(name, name)),
        ];
}
