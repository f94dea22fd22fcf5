using System.Diagnostics.Metrics;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;

namespace Headrace.Bench.Watching;

/// <summary>
/// Measures the CPU time that the metrics take for one job, without a server. This process creates and observes
/// the three effects of a job while the metrics export library is listening.
/// </summary>
internal static class MeterCost
{
    private const int Jobs = 1_000_000;
    private const int Rounds = 5;

    /// <summary>Returns the median of the rounds, in microseconds per job.</summary>
    public static double MicrosPerJob()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = new JobMeters(services.GetRequiredService<IMeterFactory>());
        using var provider = OpenTelemetry
            .Sdk.CreateMeterProviderBuilder()
            .AddMeter(Instrumentation.Name)
            .AddReader(new BaseExportingMetricReader(new Discarding()))
            .Build();
        var rounds = new List<double>();
        // The code is compiled during the first round.
        for (var round = 0; round <= Rounds; round++)
        {
            var before = Environment.CpuUsage.TotalTime;
            for (var i = 0; i < Jobs; i++)
                ObserveJob(meters, i);
            rounds.Add((Environment.CpuUsage.TotalTime - before).TotalMicroseconds / Jobs);
        }
        rounds.RemoveAt(0);
        rounds.Sort();
        return rounds[Rounds / 2];
    }

    private static void ObserveJob(JobMeters meters, long number)
    {
        var job = new Job(new JobId(number + 1), Spec) { Status = new JobStatus { State = JobState.Ready } };
        meters.Observe([new Effect.JobMoved(job.ToRow(), JobState.None, Submitted)]);
        job.Status.State = JobState.Running;
        meters.Observe([new Effect.JobMoved(job.ToRow(), JobState.Ready, Submitted)]);
        job.Status.State = JobState.Succeeded;
        var row = new DoneRow(job.ToRow(), number, Submitted, FailReason.None);
        meters.Observe([new Effect.JobMoved(row.Job, JobState.Running, Submitted) { Ended = row }]);
    }

    private static readonly Instant Submitted = new(1_800_000_000_000_000);

    private static readonly JobSpec Spec = new()
    {
        Queue = QueueName.Default,
        Method = new MethodName("noop"),
        Owner = "admin",
    };

    private sealed class Discarding : OpenTelemetry.BaseExporter<Metric>
    {
        public override OpenTelemetry.ExportResult Export(in OpenTelemetry.Batch<Metric> batch) =>
            OpenTelemetry.ExportResult.Success;
    }
}
