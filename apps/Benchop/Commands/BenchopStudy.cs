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
    private const string All = "all";

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
        return new CellRequest(asked, new IncludedMethod(found), set ?? "", task);
    }

    /// <summary>
    /// Returns a cell for every combination of problem and method. If a method does not support a problem, the cell
    /// stays empty and states the reason. The same settings apply to every problem.
    /// </summary>
    /// <param name="installed">The Octave methods that workers offer.</param>
    public static IReadOnlyList<CellRequest> Many(
        string? problems,
        string? methods,
        string? set,
        CellTask task,
        IReadOnlyList<OctaveMethod> installed
    )
    {
        var (definitions, faults) = ProblemCatalogue.Select(problems ?? "all");
        if (faults.Count > 0)
            throw Bad(faults);
        var chosen = Methods(methods ?? All, installed);
        Check(task);
        var asked = definitions.Select(d => Numbers(d.Id, set ?? "")).ToList();
        return
        [
            .. from problem in asked from method in chosen select new CellRequest(problem, method, set ?? "", task),
        ];
    }

    /// <summary>Returns whether the list names a method that this application does not include.</summary>
    public static bool NamesOthers(string? methods) =>
        Names(methods ?? All).Any(name => !IsAll(name) && MethodCatalogue.Find(name) is null);

    private static List<ICellMethod> Methods(string list, IReadOnlyList<OctaveMethod> installed)
    {
        var names = Names(list);
        if (names.Length == 0)
            throw new UsageException($"--methods is empty. Valid values: all, {MethodCatalogue.Names}.");
        return [.. names.SelectMany(Named).Distinct()];

        IEnumerable<ICellMethod> Named(string name) =>
            IsAll(name) ? MethodCatalogue.All.Select(method => new IncludedMethod(method))
            : MethodCatalogue.Find(name) is { } included ? [new IncludedMethod(included)]
            : OctaveMethods.Find(installed, name) is { } octave ? [octave]
            : throw UnknownMethod(name, installed);
    }

    private static string[] Names(string list) =>
        list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static bool IsAll(string name) => name.Equals(All, StringComparison.OrdinalIgnoreCase);

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

    private static UsageException UnknownMethod(string name, IReadOnlyList<OctaveMethod>? installed = null) =>
        new(
            $"Unknown method '{name}'. Available methods: {MethodCatalogue.Names}."
                + (
                    installed is { Count: > 0 }
                        ? $" From Octave files: {string.Join(", ", installed.Select(m => m.Name))}."
                        : ""
                )
        );
}
