using System.Diagnostics;
using Headrace.Core.Jobs;
using Headrace.Server.Http.Describing;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Telemetry;

/// <summary>
/// The trace of a submission. Its context is stored with the job, so that each attempt continues the submitter's trace,
/// regardless of where and when it runs.
/// </summary>
internal readonly struct SubmissionTrace : IDisposable
{
    /// <summary>The header and the field that contain a W3C trace context.</summary>
    public const string Field = "traceparent";

    public const string Format = "a W3C trace context, such as 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    public static readonly ParameterDescription Header = ParameterDescription.Header(
        Field,
        "The W3C trace context of the submission. The attempts of the job continue this trace"
    );

    private readonly Activity? _activity;
    private readonly string? _parent;

    private SubmissionTrace(Activity? activity, string? parent) => (_activity, _parent) = (activity, parent);

    /// <summary>
    /// Begins the trace of a submission. An invalid header is ignored, as the specification requires.
    /// </summary>
    public static SubmissionTrace Begin(HttpRequest request)
    {
        if (
            request.Headers.TraceParent is not [{ } parent]
            || !ActivityContext.TryParse(parent, traceState: null, isRemote: true, out var context)
        )
            (parent, context) = (null, default);
        return new SubmissionTrace(
            Instrumentation.Activities.StartActivity("submit", ActivityKind.Server, context),
            parent
        );
    }

    public static bool IsValid(string text) => ActivityContext.TryParse(text, traceState: null, out _);

    /// <summary>Adds the context to a job that does not have one.</summary>
    public NewJob Continue(NewJob job)
    {
        // The trace of a batch has the tags of the last job in the batch.
        _activity
            ?.SetTag("messaging.system", "headrace")
            .SetTag("messaging.operation.name", "submit")
            .SetTag("messaging.destination.name", job.Spec.Queue.Text)
            .SetTag("headrace.method", job.Spec.Method.Text);
        return job.Spec.Traceparent is null && (_activity?.Id ?? _parent) is { } context
            ? job with
            {
                Spec = job.Spec with { Traceparent = context },
            }
            : job;
    }

    public void Dispose() => _activity?.Dispose();
}
