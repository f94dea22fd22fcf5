using System.Globalization;
using Headrace.Apps.Benchop.Measuring;
using Headrace.Apps.Benchop.Runs;

namespace Headrace.Apps.Benchop.Reports;

/// <summary>
/// The table in the paper: a row for each method, a column for each problem, and in each cell the time in seconds to
/// two digits. A time is marked if the error misses the target.
/// </summary>
internal static class TimeMatrix
{
    /// <summary>
    /// A cell whose error exceeds the target gets one mark if the error is at most this multiple of the target, and two
    /// marks if it is larger.
    /// </summary>
    private const double NearMiss = 10;

    public static IReadOnlyList<string> Headings(StoredRun run) => ["Method", .. run.Header.Problems];

    public static IEnumerable<IReadOnlyList<string>> Rows(StoredRun run)
    {
        var cells = run.Results.ToLookup(c => (c.Method, c.Problem));
        return run.Header.Methods.Select(method =>
            (IReadOnlyList<string>)
                [
                    method,
                    .. run.Header.Problems.Select(problem =>
                        Text(cells[(method, problem)].FirstOrDefault(), run.Header.Target)
                    ),
                ]
        );
    }

    public static string Caption(StoredRun run)
    {
        var tuned = run.Header.Tuned ? "with the smallest work that meets the target" : "with the method's own work";
        var machines = string.Join(" and ", run.Machines.Select(m => m.ToString()));
        var caption = string.Create(
            CultureInfo.InvariantCulture,
            $"CPU time in seconds for all points of a problem, {tuned}, a relative error of "
                + $"{run.Header.Target:0E-0}. S: uses the structure of the problem; *: error up to ten times the "
                + $"target; **: larger error; ?: the error is unknown; -: no price. Run {run.Header.Id}, {machines}."
        );
        return run.Incomplete is { } missing ? $"{caption} {missing}" : caption;
    }

    private static string Text(Cell? cell, double target)
    {
        if (cell?.Timing is not { } timing)
            return "-";

        var seconds = (1e-6 * timing.CpuMicroseconds).ToString("0.0e+00", CultureInfo.InvariantCulture);
        var mark =
            cell.Met ? ""
            : cell.Error is not { } error ? "?"
            : error <= NearMiss * target ? "*"
            : "**";
        return $"{seconds}{(cell.UsesStructure ? "S" : "")}{mark}";
    }
}
