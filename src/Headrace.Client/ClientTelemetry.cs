using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Headrace.Client;

/// <summary>
/// Records traces and metrics of submissions, named according to OpenTelemetry's messaging conventions. An application
/// exports them by adding the activity source and the meter <c>Headrace.Client</c>. The HTTP client sends the context
/// of the current activity with each request, so the attempts of a job continue the trace of its submission.
/// </summary>
internal static class ClientTelemetry
{
    private const string Name = "Headrace.Client";

    private static readonly ActivitySource Activities = new(Name);
    private static readonly Meter Meter = new(Name);

    private static readonly Counter<long> Sent = Meter.CreateCounter<long>(
        "messaging.client.sent.messages",
        "{message}",
        "Jobs that the client sent"
    );

    /// <summary>Submits a job within a span, and counts the job.</summary>
    public static async Task<T> SendAsync<T>(JobRequest job, Func<Task<T>> send)
    {
        var queue = job.Queue ?? "default";
        using var span = Activities.StartActivity($"send {queue}", ActivityKind.Producer);
        span?.SetTag("messaging.system", "headrace")
            .SetTag("messaging.operation.type", "send")
            .SetTag("messaging.operation.name", "submit")
            .SetTag("messaging.destination.name", queue)
            .SetTag("headrace.method", job.Method);
        try
        {
            var reply = await send();
            Count(job, error: null);
            return reply;
        }
        catch (Exception failure)
        {
            span?.SetTag("error.type", failure.GetType().Name).SetStatus(ActivityStatusCode.Error, failure.Message);
            Count(job, failure.GetType().Name);
            throw;
        }
    }

    /// <summary>Counts a job that was sent in a batch.</summary>
    public static void Count(JobRequest job, string? error)
    {
        if (!Sent.Enabled)
            return;
        var tags = new TagList
        {
            { "messaging.system", "headrace" },
            { "messaging.operation.name", "submit" },
            { "messaging.destination.name", job.Queue ?? "default" },
        };
        if (error is not null)
            tags.Add("error.type", error);
        Sent.Add(1, tags);
    }
}
