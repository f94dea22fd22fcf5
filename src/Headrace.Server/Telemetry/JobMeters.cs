using System.Diagnostics.Metrics;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Shards;

namespace Headrace.Server.Telemetry;

/// <summary>
/// Counts the jobs that are submitted, claimed, requeued and ended, and measures how long they wait and run. The
/// counters start at zero when the server starts. The shard's loop increments them, and they are read when metrics are
/// collected.
/// </summary>
internal sealed class JobMeters : IEffectObserver
{
    /// <summary>The counters of one queue and method.</summary>
    private sealed class Counts
    {
        public readonly long[] Ended = new long[3];
        public long Submitted;
        public long Claimed;
        public long Requeued;
    }

    private static readonly FailReason[] Reasons =
    [
        .. Enum.GetValues<FailReason>().Where(reason => reason != FailReason.None),
    ];

    private static readonly JobState[] FinalStates = [JobState.Succeeded, JobState.Failed, JobState.Cancelled];

    private readonly Lock _lock = new();

    // Guarded by _lock.
    private readonly LabelLimit<(string Queue, string Method)> _labels = new(
        LabelLimits.Pairs,
        (LabelLimits.Other, LabelLimits.Other)
    );
    private readonly Dictionary<(string Queue, string Method), Counts> _counts = [];
    private readonly Dictionary<FailReason, long> _failures = [];
    private (string Queue, string Method, Counts? Counts) _last = ("", "", null);
    private readonly Histogram<double> _waits;
    private readonly Histogram<double> _attempts;

    public JobMeters(IMeterFactory meters)
    {
        var meter = Instrumentation.CreateMeter(meters);
        Count(meter, "headrace.jobs.submitted", counts => counts.Submitted, "Jobs that were accepted");
        Count(meter, "headrace.jobs.claimed", counts => counts.Claimed, "Attempts that were given to workers");
        Count(
            meter,
            "headrace.jobs.requeued",
            counts => counts.Requeued,
            "Attempts that ended without ending their job: retries, released jobs and lost leases"
        );
        meter.CreateObservableCounter("headrace.jobs.ended", ReadEnded, "{job}", "Jobs that ended, by final state");
        meter.CreateObservableCounter("headrace.jobs.failed", ReadFailed, "{job}", "Jobs that failed, by reason");
        _waits = meter.CreateHistogram(
            "headrace.job.wait",
            "s",
            "Time from when a job became ready until a worker claimed it",
            tags: null,
            Instrumentation.Seconds
        );
        _attempts = meter.CreateHistogram(
            "headrace.attempt",
            "s",
            "Time from the claim of a job until its attempt ended",
            tags: null,
            Instrumentation.Seconds
        );
    }

    public void Observe(IReadOnlyList<Effect> effects)
    {
        lock (_lock)
            foreach (var effect in effects)
                if (effect is Effect.JobMoved moved)
                    Observe(moved);
    }

    private void Observe(Effect.JobMoved moved)
    {
        var (spec, status) = (moved.Job.Spec, moved.Job.Status);
        Add(CountsOf(spec.Queue.Text, spec.Method.Text), moved);
        if (status.State == JobState.Running)
            Record(_waits, status.Claimed - status.ReadySince);
        else if (moved.From == JobState.Running)
            Record(_attempts, moved.At - status.Claimed);
    }

    private void Add(Counts counts, Effect.JobMoved moved)
    {
        var to = moved.Job.Status.State;
        // A job that is retried after it has ended is counted again, because it ends again.
        if (moved.From == JobState.None || moved.From.IsEnded())
            counts.Submitted++;
        if (to == JobState.Running)
            counts.Claimed++;
        else if (to.IsEnded())
            counts.Ended[Array.IndexOf(FinalStates, to)]++;
        else if (moved.From == JobState.Running)
            counts.Requeued++;
        if (moved.Ended is { Reason: not FailReason.None and var reason })
            _failures[reason] = _failures.GetValueOrDefault(reason) + 1;
    }

    private Counts CountsOf(string queue, string method)
    {
        // Most effects have the same queue and method as the previous effect.
        if (_last.Counts is { } last && _last.Queue == queue && _last.Method == method)
            return last;
        var counts = FindCounts(queue, method);
        _last = (queue, method, counts);
        return counts;
    }

    private Counts FindCounts(string queue, string method)
    {
        var labels = _labels.LabelOf((queue, method));
        if (!_counts.TryGetValue(labels, out var counts))
            _counts.Add(labels, counts = new Counts());
        return counts;
    }

    /// <summary>
    /// Records a duration. A negative duration counts as zero, because the clock can step backwards between the two
    /// times.
    /// </summary>
    private static void Record(Histogram<double> histogram, TimeSpan time) =>
        histogram.Record(Math.Max(0, time.TotalSeconds));

    private void Count(Meter meter, string name, Func<Counts, long> read, string description) =>
        meter.CreateObservableCounter(name, () => ReadPairs(read), "{job}", description);

    private List<Measurement<long>> ReadPairs(Func<Counts, long> read)
    {
        lock (_lock)
            return
            [
                .. _counts.Select(pair => new Measurement<long>(
                    read(pair.Value),
                    new("queue", pair.Key.Queue),
                    new("method", pair.Key.Method)
                )),
            ];
    }

    private List<Measurement<long>> ReadEnded()
    {
        lock (_lock)
            return
            [
                .. from pair in _counts
                from state in FinalStates.Index()
                select new Measurement<long>(
                    pair.Value.Ended[state.Index],
                    new("queue", pair.Key.Queue),
                    new("method", pair.Key.Method),
                    new("state", state.Item.ToWireName())
                ),
            ];
    }

    private List<Measurement<long>> ReadFailed()
    {
        lock (_lock)
            return
            [
                // Series are exported even while they are zero. If a series began with its first failure, alerts on an
                // increase would miss that failure.
                .. Reasons.Select(reason => new Measurement<long>(
                    _failures.GetValueOrDefault(reason),
                    new KeyValuePair<string, object?>("reason", reason.ToWireName())
                )),
            ];
    }
}
