using Headrace.Core;
using Headrace.Protocol.Local;

namespace Headrace.Server.Pools.Local;

/// <summary>
/// How the process of a local worker exited: the kind of exit for the broker (R10), and a description.
/// </summary>
internal sealed record ProcessEnd(ExitKind How, bool IsPermanent, string Message)
{
    /// <summary>If a process is killed by signal n, the runtime reports the exit code 128 + n, as shells do.</summary>
    private const int SignalBase = 128;

    private const int LastSignal = 64;

    /// <summary>Whether the message states the cause. If so, the last output of the process adds nothing.</summary>
    public bool IsExplained { get; private init; }

    /// <summary>Returns the same exit, with the reason why the server did not allow the process to join.</summary>
    public ProcessEnd Refused(string reason) =>
        this with
        {
            Message = $"was refused by the server: {reason.TrimEnd('.')}",
            IsExplained = true,
        };

    /// <param name="code">The exit code.</param>
    /// <param name="asked">
    /// Whether the pool asked the process to exit, or killed it because it did not exit in time. The exit then never
    /// counts as a crash.
    /// </param>
    public static ProcessEnd Of(int code, bool asked) =>
        code switch
        {
            _ when asked => new(ExitKind.Ended, false, "ended as requested"),
            WorkerProcess.StoppedOnRequest => new(ExitKind.Ended, false, "exited normally"),
            WorkerProcess.Terminated => new(
                ExitKind.Ended,
                false,
                "was terminated, or ended because a method ignored its cancellation"
            ),
            WorkerProcess.Unusable => new(ExitKind.Exit, true, "rejected its settings and is not restarted"),
            > SignalBase and <= SignalBase + LastSignal => new(
                ExitKind.Signal,
                false,
                $"was killed by signal {code - SignalBase}"
            ),
            _ => new(ExitKind.Exit, false, $"exited with code {code}"),
        };
}
