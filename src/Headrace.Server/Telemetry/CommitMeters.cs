using System.Diagnostics.Metrics;
using Headrace.Core;

namespace Headrace.Server.Telemetry;

/// <summary>Metrics of the shard's commits.</summary>
internal sealed class CommitMeters
{
    private readonly Histogram<double> _times;
    private readonly Histogram<int> _commands;
    private readonly Histogram<int> _jobs;

    // Written by the shard's loop. The counter is exported even while it is zero. If it were exported only after the
    // first delay, alerts on an increase would miss that delay.
    private long _delayed;

    public CommitMeters(IMeterFactory meters)
    {
        var meter = Instrumentation.CreateMeter(meters);
        _times = meter.CreateHistogram(
            "headrace.commit",
            "s",
            "Time that the store took to commit a batch",
            tags: null,
            Instrumentation.Seconds
        );
        _commands = meter.CreateHistogram(
            "headrace.batch.commands",
            "{command}",
            "Commands in a batch",
            tags: null,
            Instrumentation.Counts
        );
        _jobs = meter.CreateHistogram(
            "headrace.batch.jobs",
            "{job}",
            "Jobs that a batch changed",
            tags: null,
            Instrumentation.Counts
        );
        meter.CreateObservableCounter(
            "headrace.commits.delayed",
            () => Interlocked.Read(ref _delayed),
            "{commit}",
            "Commits that the store did not accept and that are repeated, for example because the disk is full"
        );
    }

    public void Committed(Batch batch, CommitResult result, TimeSpan took)
    {
        if (result is not CommitResult.Durable)
        {
            Interlocked.Increment(ref _delayed);
            return;
        }
        _times.Record(took.TotalSeconds);
        _commands.Record(batch.Commands);
        _jobs.Record(batch.DirtyJobs.Count);
    }
}
