using System.Globalization;
using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Problems;
using Headrace.Commands;

namespace Headrace.Apps.Benchop.Commands;

/// <summary>
/// Checks the options against the known problems and methods before any job is submitted, so that a mistyped option
/// never results in a job.
/// </summary>
internal static class BenchopStudy
{
    /// <summary>Returns the cell of one problem and one method. The method must support the problem.</summary>
    public static CellRequest One(string? problem, string? method, string? set, CellTask task)
    {
        if (string.IsNullOrWhiteSpace(problem))
            throw new UsageException(
                $"Specify a problem with --problem. Available problems: {ProblemCatalogue.Names}."
            );
        if (string.IsNullOrWhiteSpace(method))
            throw new UsageException($"Specify a method with --method. Available methods: {MethodCatalogue.Names}.");
        var found = MethodCatalogue.Find(method) ?? throw UnknownMethod(method);
        var asked = Numbers(problem, set ?? "");
        if (found.WhyNot(asked) is { } why)
        {
            var others = MethodCatalogue.All.Where(other => other.WhyNot(asked) is null).Select(m => m.Card.Name);
            throw new UsageException(
                $"Method '{found.Card.Name}' does not price problem {asked.Id}: {why} "
                    + $"Methods that do: {string.Join(", ", others)}."
            );
        }
        var plan = found.Plan(asked);
        if (task.Work is { } work && (work < plan.Least || work > plan.Most))
            throw new UsageException(
                $"--work {work} is out of range for problem {asked.Id} and method '{found.Card.Name}'. "
                    + $"Valid values: {plan.Least}..{plan.Most} ({plan.Parameter})."
            );
        Check(task);
        return new CellRequest(asked, found, set ?? "", task);
    }

    /// <summary>
    /// Returns a cell for every combination of problem and method. If a method does not support a problem, the cell
    /// stays empty and states the reason. The same settings apply to every problem.
    /// </summary>
    public static IReadOnlyList<CellRequest> Many(string? problems, string? methods, string? set, CellTask task)
    {
        var (definitions, faults) = ProblemCatalogue.Select(problems ?? "all");
        if (faults.Count > 0)
            throw Bad(faults);
        var chosen = Methods(methods ?? "all");
        Check(task);
        var asked = definitions.Select(d => Numbers(d.Id, set ?? "")).ToList();
        return
        [
            .. from problem in asked from method in chosen select new CellRequest(problem, method, set ?? "", task),
        ];
    }

    private static List<IPricingMethod> Methods(string list)
    {
        var names = list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (names.Length == 0)
            throw new UsageException($"--methods is empty. Valid values: all, {MethodCatalogue.Names}.");
        return [.. names.SelectMany(Named).Distinct()];

        static IReadOnlyList<IPricingMethod> Named(string name) =>
            name.Equals("all", StringComparison.OrdinalIgnoreCase)
                ? MethodCatalogue.All
                : [MethodCatalogue.Find(name) ?? throw UnknownMethod(name)];
    }

    private static Problem Numbers(string id, string set)
    {
        var answer = ProblemCatalogue.Resolve(id, set);
        return answer.Problem ?? throw Bad(answer.Faults);
    }

    private static void Check(CellTask task)
    {
        if (task.Seed is < 0)
            throw new UsageException(
                $"--seed {task.Seed.Value.ToString(CultureInfo.InvariantCulture)} is out of range: specify 0 or more."
            );
        if (!(task.Target is >= 1e-15 and <= 0.5))
            throw new UsageException(
                $"--target {task.Target.ToString(CultureInfo.InvariantCulture)} is out of range: "
                    + "specify a relative error from 1e-15 to 0.5, such as 1e-4."
            );
    }

    private static UsageException Bad(IEnumerable<Fault> faults) => new(string.Join(" ", faults));

    private static UsageException UnknownMethod(string name) =>
        new($"Unknown method '{name}'. Available methods: {MethodCatalogue.Names}.");
}
