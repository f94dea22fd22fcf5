using System.Globalization;
using Headrace.Apps.Benchop.Models;

namespace Headrace.Apps.Benchop.Problems;

/// <summary>
/// Finds problems by name and builds them from the defaults and the caller's values. Every value is checked.
/// </summary>
internal static class ProblemCatalogue
{
    /// <summary>This limit is larger than any study needs, but small enough that no job takes an hour.</summary>
    private const int MaxPoints = 10_000;

    private const double MaxSpot = 1e9;

    public static IReadOnlyList<ProblemDefinition> All => BenchopProblems.All;

    /// <summary>The names of all problems, as listed in the error message for an unknown name.</summary>
    public static string Names => string.Join(", ", All.Select(d => d.Id));

    /// <summary>
    /// Accepts the listed ids in upper or lower case. If no set is given (<c>1a</c>, <c>3</c>), set I is assumed. The
    /// parts after the number may be in any order.
    /// </summary>
    public static ProblemDefinition? Find(string id)
    {
        var wanted = Canonical(id);
        return All.FirstOrDefault(d => Canonical(d.Id) == wanted);
    }

    /// <summary>
    /// Finds the problems named in a comma-separated list of ids. The word <c>all</c> selects every problem.
    /// </summary>
    public static (IReadOnlyList<ProblemDefinition> Problems, IReadOnlyList<Fault> Faults) Select(string list)
    {
        var problems = new List<ProblemDefinition>();
        var faults = new List<Fault>();
        foreach (var name in list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            if (string.Equals(name, "all", StringComparison.OrdinalIgnoreCase))
                problems.AddRange(All);
            else if (Find(name) is { } found)
                problems.Add(found);
            else
                faults.Add(Unknown(name));

        if (problems.Count == 0 && faults.Count == 0)
            faults.Add(new Fault("problem", "", $"specify at least one problem. Valid values: all, {Names}."));

        return (problems.Distinct().ToList(), faults);
    }

    /// <summary>Returns the problem with its default parameters.</summary>
    public static Problem Default(string id) =>
        Resolve(id, "").Problem
        ?? throw new ArgumentException($"Unknown problem '{id}'. Known problems: {Names}.", nameof(id));

    /// <param name="settings">Settings such as <c>S=90:100:110,K=100,sigma=0.15</c>; empty for the defaults.</param>
    /// <param name="typed">Further settings, as an object.</param>
    public static ProblemAnswer Resolve(string id, string settings, ProblemSettings? typed = null)
    {
        var (parsed, faults) = SettingsText.Parse(settings);
        var numbers = new Dictionary<string, double[]>(parsed, StringComparer.OrdinalIgnoreCase);
        List<Fault> all = [.. faults];
        foreach (var (name, values) in typed?.Given() ?? [])
            if (!numbers.TryAdd(name, values))
                all.Add(
                    new Fault(
                        name,
                        Text(values),
                        "specified both as text and in the object; specify each setting only once."
                    )
                );

        var answer = Resolve(id, numbers);
        return all.Count == 0 ? answer : new ProblemAnswer(null, [.. all, .. answer.Faults], []);
    }

    /// <param name="numbers">
    /// Values by name, in upper or lower case: one value for each parameter, and one or more for the points.
    /// </param>
    public static ProblemAnswer Resolve(string id, IReadOnlyDictionary<string, double[]> numbers)
    {
        if (Find(id) is not { } definition)
            return new ProblemAnswer(null, [Unknown(id)], []);

        var faults = new List<Fault>();
        foreach (var name in numbers.Keys.Where(n => !Knows(definition, n)))
        {
            var known = string.Join(", ", definition.PointNames.Concat(definition.Settings.Select(s => s.Name)));
            faults.Add(
                new Fault(
                    name,
                    Text(numbers[name]),
                    $"problem {definition.Id} has no such setting. Its settings are {known}."
                )
            );
        }

        var values = Settings(definition, numbers, faults);
        var (first, second) = Spots(definition, numbers, faults);
        if (faults.Count == 0)
            CheckBarrier(values, first, faults);

        if (faults.Count > 0)
            return new ProblemAnswer(null, faults, []);

        var (contract, model) = definition.Build(values);
        var points = new Points(first, definition.HasTwoAssets ? second : null);
        return new ProblemAnswer(
            new Problem(definition.Id, contract, model, definition.Quantity, points),
            [],
            Remarks(model)
        );
    }

    private static Dictionary<string, double> Settings(
        ProblemDefinition definition,
        IReadOnlyDictionary<string, double[]> numbers,
        List<Fault> faults
    )
    {
        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var setting in definition.Settings)
        {
            var given = Given(numbers, setting.Name) ?? [setting.Default];
            var fault =
                given.Length == 1
                    ? setting.Check(given[0])
                    : new Fault(
                        setting.Name,
                        Text(given),
                        $"specify a single number; {setting.Name} is {setting.Meaning}."
                    );
            if (fault is not null)
                faults.Add(fault);
            else
                values[setting.Name] = given[0];
        }

        return values;
    }

    private static (double[] First, double[] Second) Spots(
        ProblemDefinition definition,
        IReadOnlyDictionary<string, double[]> numbers,
        List<Fault> faults
    )
    {
        var givenFirst = Given(numbers, definition.PointNames[0]);
        var givenSecond = definition.HasTwoAssets ? Given(numbers, definition.PointNames[1]) : null;
        var first = givenFirst ?? [.. definition.Spots];
        var second = givenSecond ?? [.. definition.SecondSpots];
        Check(definition.PointNames[0], first);
        if (!definition.HasTwoAssets)
            return (first, second);

        Check(definition.PointNames[1], second);

        // If one asset has a single value, it is paired with each value of the other asset.
        if (givenFirst?.Length == 1)
            first = [.. Enumerable.Repeat(first[0], Math.Max(1, second.Length))];
        else if (givenSecond?.Length == 1)
            second = [.. Enumerable.Repeat(second[0], Math.Max(1, first.Length))];

        if (first.Length != second.Length)
            faults.Add(
                new Fault(
                    "S2",
                    Text(second),
                    $"S1 has {first.Length} values and S2 has {second.Length}. Specify the same number of each, or "
                        + $"a single value for one of them."
                )
            );

        return (first, second);

        void Check(string name, double[] spots)
        {
            if (spots.Length is 0 or > MaxPoints)
                faults.Add(
                    new Fault(
                        name,
                        $"{spots.Length} values",
                        $"specify 1 to {MaxPoints} evaluation points, for example {name}=90:100:110."
                    )
                );

            foreach (var spot in spots.Where(s => !double.IsFinite(s) || s <= 0 || s > MaxSpot).Take(3))
                faults.Add(new Fault(name, Text([spot]), "a spot must be a number greater than 0 and at most 1E+09."));
        }
    }

    private static void CheckBarrier(Dictionary<string, double> values, double[] spots, List<Fault> faults)
    {
        if (!values.TryGetValue("B", out var barrier))
            return;

        if (barrier <= spots.Max())
        {
            var highest = Text([spots.Max()]);
            var remedy =
                $"the barrier must be above the highest spot, {highest}; otherwise, the call is already knocked out.";
            faults.Add(new Fault("B", Text([barrier]), remedy));
        }

        if (barrier <= values["K"])
            faults.Add(
                new Fault(
                    "B",
                    Text([barrier]),
                    $"the barrier must be above the strike, {Text([values["K"]])}; otherwise, the call never pays off."
                )
            );
    }

    private static List<string> Remarks(Model model) =>
        model is Heston { FellerHolds: false } h
            ?
            [
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Feller's condition is violated: 2 * kappa * theta = {2 * h.Reversion * h.LongVariance:G6} is "
                        + $"less than sigma^2 = {h.VolOfVol * h.VolOfVol:G6}. The variance can reach zero; prices are "
                        + $"still well defined."
                ),
            ]
            : [];

    private static bool Knows(ProblemDefinition definition, string name) =>
        definition
            .PointNames.Concat(definition.Settings.Select(s => s.Name))
            .Contains(name, StringComparer.OrdinalIgnoreCase);

    private static double[]? Given(IReadOnlyDictionary<string, double[]> numbers, string name) =>
        numbers
            .Where(n => string.Equals(n.Key, name, StringComparison.OrdinalIgnoreCase))
            .Select(n => n.Value)
            .FirstOrDefault();

    private static Fault Unknown(string name) => new("problem", name, $"unknown problem. Known problems: {Names}.");

    private static string Canonical(string id)
    {
        List<string> words =
        [
            .. id.Split('-', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(w => w.ToUpperInvariant()),
        ];
        words.RemoveAll(w => w is "I" or "PRICE");
        words.Sort(string.CompareOrdinal);
        return string.Join('-', words);
    }

    private static string Text(IEnumerable<double> numbers) =>
        string.Join(':', numbers.Select(n => n.ToString("R", CultureInfo.InvariantCulture)));
}
