using Headrace.Apps.Benchop.Measuring;

namespace Headrace.Apps.Benchop.Runs;

/// <summary>The part of a run that has been stored so far.</summary>
/// <param name="Cells">The finished cells in the order in which they ended.</param>
/// <param name="End">How the run ended; null while it is in progress, and if its process was killed.</param>
internal sealed record StoredRun(RunHeader Header, IReadOnlyList<RunCell> Cells, RunEnd? End)
{
    /// <summary>The answers, ordered by problem and method in the order in which these were requested.</summary>
    public IReadOnlyList<CellAnswer> Answers => Sorted(Header, Cells);

    public IReadOnlyList<Cell> Results => [.. Answers.Select(a => a.Cell)];

    public bool IsComplete => Cells.Count == Header.Cells;

    /// <summary>The machines on which times were measured, without their load.</summary>
    public IReadOnlyList<MachineInfo> Machines =>
        [
            .. Cells
                .Select(c => c.Answer.Machine)
                .OfType<MachineInfo>()
                .Select(m => m with { LoadAverage = null })
                .Distinct(),
        ];

    /// <summary>A sentence that states what is missing; null if the run is complete.</summary>
    public string? Incomplete =>
        IsComplete
            ? null
            : End switch
            {
                { Outcome: RunOutcome.Interrupted } => "The run was interrupted: ",
                { Outcome: RunOutcome.Failed } => "The run failed: ",
                _ => "The run is in progress, or its process was killed: ",
            } + $"{Cells.Count} of {Header.Cells} cells are done, so this ranking is partial.";

    private static List<CellAnswer> Sorted(RunHeader header, IReadOnlyList<RunCell> cells)
    {
        var (problems, methods) = (Positions(header.Problems), Positions(header.Methods));
        return
        [
            .. cells
                .Select(c => c.Answer)
                .OrderBy(a => problems.GetValueOrDefault(a.Cell.Problem))
                .ThenBy(a => methods.GetValueOrDefault(a.Cell.Method)),
        ];
    }

    private static Dictionary<string, int> Positions(IReadOnlyList<string> names) =>
        names.Select((name, index) => (name, index)).ToDictionary(n => n.name, n => n.index);
}
