namespace Headrace.Apps.Benchop.Runs;

/// <summary>
/// The work parameters that earlier runs found by tuning. The error at a work parameter does not depend on the machine,
/// so a later run can skip the search; it still computes the error.
/// </summary>
internal sealed class TunedWork
{
    /// <summary>The number of runs that are searched, newest first.</summary>
    public const int Runs = 20;

    private readonly Dictionary<(string Method, string Problem, double Target, int Seed), TunedCell> _cells = [];

    private TunedWork() { }

    public static TunedWork None { get; } = new();

    /// <param name="newestFirst">The runs. If a cell has several results, the first one is used.</param>
    public static TunedWork Of(IEnumerable<StoredRun> newestFirst)
    {
        var found = new TunedWork();
        foreach (var run in newestFirst.Where(r => r.Header.Tuned))
            foreach (var cell in run.Cells)
                if (cell.Answer.Cell.Work is { } work)
                    found._cells.TryAdd(
                        (cell.Method, cell.Problem, run.Header.Target, run.Header.Seed),
                        new TunedCell(work, 1e-6 * (cell.Answer.Cell.Timing?.CpuMicroseconds ?? 0))
                    );

        return found;
    }

    public TunedCell? Find(string method, string problem, double target, int seed) =>
        _cells.GetValueOrDefault((method, problem, target, seed));
}
