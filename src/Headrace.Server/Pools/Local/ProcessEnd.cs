using Headrace.Core;
using Headrace.Protocol.Local;

namespace Headrace.Server.Pools.Local;

/// <summary>How a local worker's process ended: what the broker must know (R10), and a description.</summary>
internal sealed record ProcessEnd(ExitKind How, bool IsPermanent, string Message)
{
    /// <summary>The runtime reports the end by signal n as exit code 128 + n, as shells do.</summary>
    private const int SignalBase = 128;

    private const int LastSignal = 64;

    /// <param name="code">The exit code.</param>
    /// <param name="asked">
    /// Whether the pool asked the process to end, or killed it because it did not exit in time. The end is then never a
    /// crash.
    /// </param>
    public static ProcessEnd Of(int code, bool asked) =>
        code switch
        {
            _ when asked => new(ExitKind.Ended, false, "ended as requested"),
            WorkerProcess.StoppedOnRequest => new(ExitKind.Ended, false, "exited normally"),
            WorkerProcess.CancellationIgnored => new(
                ExitKind.Ended,
                false,
                "exited because a method ignored its cancellation"
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
