using Headrace.Protocol.Local;
using Headrace.Worker.Processes;

namespace Headrace.Bench.Programs;

/// <summary>Finds the warm processes that a measurement started.</summary>
internal static class WarmProcesses
{
    /// <summary>
    /// Returns the running processes of this program and all other processes in the same executions, such as a rank
    /// launcher.
    /// </summary>
    public static List<int> With(string program)
    {
        var marks = Of(program).Select(MarkOf).ToHashSet();
        return [.. ProcFs.Processes().Where(process => MarkOf(process) is { } mark && marks.Contains(mark))];
    }

    /// <summary>Returns the processes that run this program as part of an execution.</summary>
    public static List<int> Of(string program) =>
        [
            .. ProcFs
                .Processes()
                .Where(process =>
                    MarkOf(process) is not null && ProcFs.Arguments(process) is [var first, ..] && first == program
                ),
        ];

    private static string? MarkOf(int process) => ProcFs.Environment(process)[ExecutionMark.Variable];
}
