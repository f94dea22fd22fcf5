using System.Globalization;
using Headrace.Apps.Benchop.Measuring;
using Headrace.Apps.Benchop.Ranking;
using Headrace.Commands.Output;

namespace Headrace.Apps.Benchop.Commands;

/// <summary>Formats cells as lines of text.</summary>
internal static class CellText
{
    public static readonly IReadOnlyList<string> Headings =
    [
        "PROBLEM",
        "METHOD",
        "KIND",
        "ERROR",
        "CPU us",
        "+-",
        "WORK",
        "",
    ];

    public static readonly IReadOnlyList<string> CsvHeadings =
    [
        "problem",
        "method",
        "structure",
        "met",
        "error",
        "cpu_us",
        "wall_us",
        "half_width",
        "wait_share",
        "parameter",
        "work",
        "reference_digits",
        "reason",
    ];

    public static IReadOnlyList<string> CsvRow(Cell cell) =>
        [
            cell.Problem,
            cell.Method,
            cell.Structure ?? "",
            cell.Met ? "yes" : "no",
            Plain(cell.Error),
            Plain(cell.Timing?.CpuMicroseconds),
            Plain(cell.Timing?.WallMicroseconds),
            Plain(cell.Timing?.HalfWidth),
            Plain(cell.Timing?.WaitShare),
            cell.Parameter ?? "",
            cell.Work is { } work ? Format.Number(work) : "",
            cell.ReferenceDigits is { } digits ? Format.Number(digits) : "",
            cell.Reason ?? "",
        ];

    /// <summary>Formats one cell for a progress line. A cell without an error states why.</summary>
    public static string Brief(Cell cell) =>
        cell.Values.Count == 0 ? $"empty: {FirstLine(cell.Reason)}"
        : cell.Error is null ? $"no error: {FirstLine(cell.Reason)}"
        : $"error {Error(cell)}{(cell.Timing is null ? "" : $", {Time(cell)} us")}";

    public static IReadOnlyList<string> Row(Cell cell) =>
        [cell.Problem, cell.Method, Kind(cell), Error(cell), Time(cell), Sure(cell), Work(cell), cell.Reason ?? ""];

    /// <summary>
    /// Orders the cells of each problem. General methods come first and methods that use the problem's structure
    /// second, each group ordered by time. They are followed by the cells that missed the target and finally by the
    /// empty cells.
    /// </summary>
    public static IEnumerable<Cell> Ranked(IReadOnlyList<Cell> cells)
    {
        foreach (var problem in cells.GroupBy(c => c.Problem))
        {
            List<Cell> ranked =
            [
                .. from ranks in (RankedGroup[])[RankedGroup.General, RankedGroup.Structure]
                from place in ProblemRanking.Of(problem.Key, ranks, problem).Places
                select problem.First(c => c.Method == place.Method),
            ];
            var others = problem.Except(ranked);
            foreach (var cell in ranked.Concat(others.OrderBy(c => c.Error ?? double.MaxValue)))
                yield return cell;
        }
    }

    /// <summary>
    /// Lists the reasons why cells are empty. If a method gives the same reason for several problems, these problems
    /// share one line.
    /// </summary>
    public static IEnumerable<string> Reasons(IEnumerable<Cell> cells) =>
        cells
            .Where(c => c.Error is null)
            .GroupBy(c => (c.Method, c.Reason))
            .Select(g => $"{g.Key.Method} on {string.Join(", ", g.Select(c => c.Problem))}: {g.Key.Reason}");

    /// <summary>Formats the standard errors of a sampling method, in the order of the points.</summary>
    public static string StandardErrors(Cell cell) =>
        string.Join(", ", cell.StandardErrors.Select(e => e.ToString("0.0E-0", CultureInfo.InvariantCulture)));

    /// <summary>Formats the points of one cell: spot prices, value, reference.</summary>
    public static IEnumerable<IReadOnlyList<string>> Points(CellAnswer answer)
    {
        for (var i = 0; i < answer.Cell.Values.Count; i++)
        {
            List<string> row = [Number(answer.Spots[i])];
            if (answer.SecondSpots.Count > 0)
                row.Add(Number(answer.SecondSpots[i]));
            yield return
            [
                .. row,
                Number(answer.Cell.Values[i]),
                answer.Reference.Count > i ? Number(answer.Reference[i]) : "-",
            ];
        }
    }

    public static string Error(Cell cell) =>
        cell.Error is { } error ? error.ToString("0.0E-0", CultureInfo.InvariantCulture) : "-";

    public static string Work(Cell cell) =>
        cell.Work is { } work
            ? cell.Parameter == "none"
                ? "-"
                : $"{Format.Number(work)} {cell.Parameter}"
            : "-";

    /// <summary>If the method does not support the problem, the cell has no kind.</summary>
    private static string Kind(Cell cell) =>
        cell.UsesStructure ? "structure"
        : cell.Work is null ? "-"
        : "general";

    private static string Time(Cell cell) =>
        cell.Timing is { } timing ? timing.CpuMicroseconds.ToString("G4", CultureInfo.InvariantCulture) : "-";

    private static string Sure(Cell cell) =>
        cell.Timing is { Batches: > 1 } timing ? timing.HalfWidth.ToString("0.0 %", CultureInfo.InvariantCulture) : "-";

    private static string FirstLine(string? reason) => reason?.Split('\n')[0].TrimEnd() ?? "";

    private static string Plain(double? value) => value?.ToString("G6", CultureInfo.InvariantCulture) ?? "";

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
