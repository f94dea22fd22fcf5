using Headrace.Protocol.Local;
using Headrace.Worker.Processes;

namespace Headrace.Bench.Programs;

/// <summary>Finds the warm processes of a measurement.</summary>
internal static class WarmProcesses
{
    /// <summary>Returns the processes of executions whose program is this one.</summary>
    public static List<int> Of(string program) =>
        [
            .. ProcFs
                .Processes()
                .Where(process =>
                    ProcFs.Environment(process)[ExecutionMark.Variable] is not null
                    && ProcFs.Arguments(process) is [var first, ..]
                    && first == program
                ),
        ];
}
