using System.Diagnostics;

namespace Headrace.Cli.Telemetry;

/// <summary>
/// Continues the trace of the program that called the command. That program passes its context in <c>TRACEPARENT</c>.
/// The client then sends the context with each request.
/// </summary>
internal static class CallerTrace
{
    public const string Variable = "TRACEPARENT";

    /// <summary>Makes the trace current. A variable that is not valid is ignored, like an invalid header.</summary>
    public static void Continue(string? parent)
    {
        if (ActivityContext.TryParse(parent, traceState: null, out _))
            new Activity("headrace").SetParentId(parent!).Start();
    }
}
