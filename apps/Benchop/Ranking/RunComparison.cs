using Headrace.Apps.Benchop.Measuring;
using Headrace.Apps.Benchop.Runs;

namespace Headrace.Apps.Benchop.Ranking;

/// <summary>The differences between two runs.</summary>
/// <param name="MeanRatio">
/// The geometric mean of the CPU-time ratios, new to old, over the cells in which both runs met the target; null
/// if there are none.
/// </param>
/// <param name="Warnings">
/// The conditions in which the runs differ, so that their times are only partly comparable.
/// </param>
internal sealed record RunComparison(
    string Before,
    string After,
    double? MeanRatio,
    IReadOnlyList<string> Warnings,
    IReadOnlyList<CellChange> Cells
)
{
    public static RunComparison Of(StoredRun before, StoredRun after)
    {
        var (old, fresh) = (ByName(before), ByName(after));
        List<CellChange> changes =
        [
            .. old
                .Keys.Union(fresh.Keys)
                .Select(key => Change(old.GetValueOrDefault(key), fresh.GetValueOrDefault(key))),
        ];
        List<double> logs = [.. changes.Where(c => c.Ratio is not null).Select(c => Math.Log(c.Ratio!.Value))];
        return new RunComparison(
            before.Header.Id,
            after.Header.Id,
            logs.Count == 0 ? null : Math.Exp(logs.Average()),
            [.. Differences(before, after)],
            changes
        );
    }

    private static Dictionary<(string Problem, string Method), Cell> ByName(StoredRun run)
    {
        var cells = new Dictionary<(string, string), Cell>();
        foreach (var cell in run.Results)
            cells[(cell.Problem, cell.Method)] = cell;
        return cells;
    }

    private static CellChange Change(Cell? before, Cell? after)
    {
        var cell = before ?? after!;
        if (before is null || after is null)
            return new CellChange(
                cell.Problem,
                cell.Method,
                before is null ? ChangeKind.OnlyAfter : ChangeKind.OnlyBefore,
                null,
                before,
                after
            );

        if (before is not { Met: true, Timing: { } old } || after is not { Met: true, Timing: { } fresh })
            return new CellChange(
                cell.Problem,
                cell.Method,
                before.Met ? ChangeKind.NowMissed
                    : after.Met ? ChangeKind.NowMet
                    : ChangeKind.Missed,
                null,
                before,
                after
            );

        var difference = fresh.CpuMicroseconds - old.CpuMicroseconds;
        var margin = (old.HalfWidth * old.CpuMicroseconds) + (fresh.HalfWidth * fresh.CpuMicroseconds);
        return new CellChange(
            cell.Problem,
            cell.Method,
            Math.Abs(difference) <= margin ? ChangeKind.Same
                : difference < 0 ? ChangeKind.Faster
                : ChangeKind.Slower,
            fresh.CpuMicroseconds / old.CpuMicroseconds,
            before,
            after
        );
    }

    private static IEnumerable<string> Differences(StoredRun before, StoredRun after)
    {
        var (old, fresh) = (before.Header, after.Header);
        if (old.Target != fresh.Target)
            yield return FormattableString.Invariant($"The targets differ: {old.Target:0E-0} and {fresh.Target:0E-0}.");
        if (old.Set != fresh.Set)
            yield return $"The settings differ: '{old.Set}' and '{fresh.Set}'.";
        if (old.Protocol != fresh.Protocol)
            yield return $"The timing protocols differ: {old.Protocol} and {fresh.Protocol}.";
        if (old.Tuned != fresh.Tuned)
            yield return "Only one of the runs tuned the work parameters.";
        if (old.Seed != fresh.Seed)
            yield return FormattableString.Invariant($"The seeds differ: {old.Seed} and {fresh.Seed}.");
        var (oldMachines, freshMachines) = (Text(before.Machines), Text(after.Machines));
        if (oldMachines != freshMachines)
            yield return $"The machines differ: {oldMachines}; and {freshMachines}.";
    }

    private static string Text(IEnumerable<MachineInfo> machines) =>
        string.Join(" and ", machines.Select(m => m.ToString()).Order(StringComparer.Ordinal));
}
