namespace Headrace.Apps.Benchop.Runs;

/// <summary>One line of the list of runs.</summary>
/// <param name="Done">The number of finished cells.</param>
/// <param name="Met">The number of cells that met the target.</param>
/// <param name="Machines">The machines on which times were measured.</param>
internal sealed record RunSummary(RunHeader Run, RunEnd? End, int Done, int Met, IReadOnlyList<string> Machines)
{
    public static RunSummary Of(StoredRun run) =>
        new(
            run.Header,
            run.End,
            run.Cells.Count,
            run.Results.Count(c => c.Met),
            [.. run.Machines.Select(m => m.ToString())]
        );
}
