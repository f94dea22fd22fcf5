using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Headrace.Protocol.Exchange;
using Headrace.Tests.Worker.Methods;
using Headrace.Worker;
using Headrace.Worker.Exchange;
using Xunit;

namespace Headrace.Tests.Worker.Exchange;

/// <summary>Tests the traces and measurements of attempts. Each test uses a separate trace or queue.</summary>
public sealed class AttemptTelemetryTests
{
    [Fact]
    public async Task A_method_continues_the_trace_of_the_submission_although_nobody_listens()
    {
        var trace = NewTrace(out var traceId);
        using var attempt = MethodRun.Begin(traceparent: trace);
        (string? Current, string? Context) seen = default;
        Func<JobContext, Task> method = async job =>
        {
            await Task.Yield();
            seen = (Activity.Current?.Id, job.Traceparent);
        };

        await MethodRun.RunAsync(MethodRun.Map(method), attempt);

        Assert.Contains(traceId, seen.Current, StringComparison.Ordinal);
        Assert.Equal(seen.Current, seen.Context);
        Assert.NotEqual(trace, seen.Context);
    }

    [Fact]
    public async Task A_job_without_a_trace_leaves_the_current_activity_empty()
    {
        using var attempt = MethodRun.Begin();
        (Activity? Current, string? Context) seen = default;
        Action<JobContext> method = job => seen = (Activity.Current, job.Traceparent);

        await MethodRun.RunAsync(MethodRun.Map(method), attempt);

        Assert.Equal((null, null), seen);
    }

    [Fact]
    public async Task The_next_job_of_a_slot_does_not_continue_the_trace_of_the_previous_one()
    {
        var seen = new List<string?>();
        Action<JobContext> work = _ => seen.Add(Activity.Current?.TraceId.ToString());
        var method = MethodRun.Map(work);
        foreach (var trace in new[] { NewTrace(out var first), "", NewTrace(out var second) })
        {
            using var attempt = MethodRun.Begin(traceparent: trace);
            await MethodRun.RunAsync(method, attempt);
        }

        Assert.Equal(3, seen.Count);
        Assert.NotNull(seen[0]);
        Assert.Null(seen[1]);
        Assert.NotEqual(seen[0], seen[2]);
    }

    [Fact]
    public async Task An_attempt_that_is_listened_to_is_a_span_with_the_conventional_tags()
    {
        var trace = NewTrace(out var traceId);
        var spans = new List<Activity>();
        using var listener = new ActivityListener();
        listener.ShouldListenTo = source => source.Name == AttemptTelemetry.Name;
        listener.Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData;
        listener.ActivityStopped = span =>
        {
            if (span.TraceId.ToString() == traceId)
                spans.Add(span);
        };
        ActivitySource.AddActivityListener(listener);
        using var attempt = MethodRun.Begin(traceparent: trace);
        Action method = () => throw new InvalidOperationException("no");

        await MethodRun.RunAsync(MethodRun.Map(method), attempt);

        var only = Assert.Single(spans);
        Assert.Equal(("process default", ActivityKind.Consumer), (only.OperationName, only.Kind));
        Assert.Equal((trace[36..52], ActivityStatusCode.Error), (only.ParentSpanId.ToString(), only.Status));
        Assert.Equal(
            ("headrace", "process", "default", "42", "probe", 3),
            (
                only.GetTagItem("messaging.system"),
                only.GetTagItem("messaging.operation.name"),
                only.GetTagItem("messaging.destination.name"),
                only.GetTagItem("messaging.message.id"),
                only.GetTagItem("headrace.method"),
                only.GetTagItem("headrace.attempt")
            )
        );
    }

    [Fact]
    public void The_duration_of_an_attempt_is_measured_with_the_type_of_its_error()
    {
        var measured = new List<(double Seconds, Dictionary<string, object?> Tags)>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == AttemptTelemetry.Name)
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>(
            (_, value, tags, _) =>
            {
                var copy = tags.ToArray().ToDictionary();
                if (copy["messaging.destination.name"] is "measured-queue")
                    measured.Add((value, copy));
            }
        );
        listener.Start();
        var job = new LeasedJob { Queue = "measured-queue", Method = "m" };

        AttemptTelemetry.End(span: null, job, OutcomeKind.Succeeded, errorType: null, TimeSpan.FromSeconds(2));
        AttemptTelemetry.End(span: null, job, OutcomeKind.Failed, "Oops", TimeSpan.FromSeconds(3));

        Assert.Equal([2.0, 3.0], measured.Select(each => each.Seconds));
        Assert.False(measured[0].Tags.ContainsKey("error.type"));
        Assert.Equal("Oops", measured[1].Tags["error.type"]);
        Assert.Equal("m", measured[1].Tags["headrace.method"]);
    }

    [Fact]
    public async Task The_size_of_each_batch_is_measured()
    {
        var sizes = new ConcurrentQueue<int>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == AttemptTelemetry.Name && instrument.Name == "headrace.batch.jobs")
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<int>(
            (_, value, tags, _) =>
            {
                if (tags.ToArray().ToDictionary()["headrace.method"] is "measured-batch")
                    sizes.Enqueue(value);
            }
        );
        listener.Start();
        await using var scene = await WorkerScene.StartAsync();
        scene.App.MapBatch<int>(
            "measured-batch",
            3,
            TimeSpan.FromSeconds(1),
            (int i) => i,
            jobs =>
            {
                foreach (var job in jobs)
                    job.Succeed(job.Input);
                return Task.CompletedTask;
            }
        );
        await scene.JoinAsync();

        var ids = new List<Headrace.Core.Jobs.JobId>();
        for (var i = 0; i < 4; i++)
            ids.Add(await scene.SubmitAsync("measured-batch", $$"""{"i":{{i}}}"""));
        foreach (var id in ids)
            await scene.AdvanceUntilAsync("the end of a job", TimeSpan.FromMilliseconds(250), scene.EndOfAsync(id));

        Assert.Equal([3, 1], sizes);
    }

    private static string NewTrace(out string traceId)
    {
        traceId = ActivityTraceId.CreateRandom().ToString();
        return $"00-{traceId}-{ActivitySpanId.CreateRandom()}-01";
    }
}
