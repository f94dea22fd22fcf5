using Headrace.Core;
using Headrace.Protocol.Local;

namespace Headrace.Server.Pools.Local;

/// <summary>How a local worker's process ended: what the broker must know of it (R10), and what to say.</summary>
internal sealed record ProcessEnd(ExitKind How, bool IsPermanent, string Message)
{
    /// <summary>The runtime reports death by signal n as 128 + n, as shells do.</summary>
    private const int SignalBase = 128;

    private const int LastSignal = 64;

    /// <param name="code">The exit code.</param>
    /// <param name="asked">
    /// We had asked the process to end, or killed it for not doing so: then it did not die, however it went.
    /// </param>
    public static ProcessEnd Of(int code, bool asked) =>
        code switch
        {
            _ when asked => new(ExitKind.Ended, false, "ended as asked"),
            WorkerProcess.StoppedOnRequest => new(ExitKind.Ended, false, "ended by itself, in order"),
            WorkerProcess.CancellationIgnored => new(
                ExitKind.Ended,
                false,
                "ended itself, because a method ignored its cancellation"
            ),
            WorkerProcess.Unusable => new(ExitKind.Exit, true, "cannot use its settings; it is not started again"),
            > SignalBase and <= SignalBase + LastSignal => new(
                ExitKind.Signal,
                false,
                $"was killed by signal {code - SignalBase}"
            ),
            _ => new(ExitKind.Exit, false, $"exited with code {code}"),
        };
}
