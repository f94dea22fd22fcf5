using System.Diagnostics;

namespace Headrace.Cli.Telemetry;

/// <summary>
/// Continues the trace of the program that called the command. That program passes its trace context in
/// <c>TRACEPARENT</c>, and the client sends the context with each request.
/// </summary>
internal static class CallerTrace
{
    public const string Variable = "TRACEPARENT";

    /// <summary>Makes the trace the current one. An invalid value is ignored, as in an HTTP header.</summary>
    public static void Continue(string? parent)
    {
        if (ActivityContext.TryParse(parent, traceState: null, out _))
            new Activity("headrace").SetParentId(parent!).Start();
    }
}
