using Headrace.Apps.Benchop;
using Headrace.Apps.Benchop.Measuring;
using Headrace.Apps.Benchop.Runs;

namespace Headrace.Benchop.Tests.Ranking;

/// <summary>Creates cells and runs with given times, for tests of rankings and reports.</summary>
internal static class Cells
{
    public static Cell Timed(
        string problem,
        string method,
        double microseconds,
        bool structure = false,
        double halfWidth = 0.01
    ) =>
        new(
            problem,
            method,
            structure ? "A formula." : null,
            "nodes",
            10,
            [1],
            1e-5,
            true,
            new Timing(microseconds, 1.25 * microseconds, halfWidth, 11, 100, halfWidth <= 0.05),
            null,
            14
        );

    public static Cell Missed(string problem, string method, double error) =>
        Timed(problem, method, 7) with
        {
            Met = false,
            Error = error,
            Reason = "The error misses the target.",
        };

    public static StoredRun Run(params Cell[] cells)
    {
        List<string> problems = [.. cells.Select(c => c.Problem).Distinct()];
        List<string> methods = [.. cells.Select(c => c.Method).Distinct()];
        return Run(problems, methods, cells);
    }

    public static StoredRun Run(IReadOnlyList<string> problems, IReadOnlyList<string> methods, params Cell[] cells) =>
        new(
            new RunHeader(
                "20261130-080000",
                new DateTimeOffset(2026, 11, 30, 8, 0, 0, TimeSpan.Zero),
                problems,
                methods,
                "",
                1e-4,
                1,
                TimingProtocol.Steady,
                Tuned: true,
                problems.Count * methods.Count,
                "0.1.0"
            ),
            [.. cells.Select(Stored)],
            null
        );

    public static RunCell Stored(Cell cell) =>
        new(
            $"benchop.{cell.Method}@2",
            $"key of {cell.Problem}",
            "17",
            false,
            new CellAnswer(cell, [90], [], [1], [])
            {
                Machine = new MachineInfo("Test CPU", 2, "Linux", ".NET 10", "0.1.0") { LoadAverage = 0.5 },
            }
        );
}
