using System.Text;
using Headrace.Core.Jobs;
using Headrace.Tests.Worker.Exchange;
using Headrace.Tests.Worker.Methods;
using Headrace.Worker;
using Xunit;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;

namespace Headrace.Tests.Worker.Executors;

/// <summary>Tests how an executor is mapped, and what it can report about a job.</summary>
public sealed class MapExecutorTests
{
    /// <summary>Ends its jobs with a given outcome.</summary>
    private sealed class EndingExecutor(Func<JobExecution, JobOutcome> outcome) : IMethodExecutor
    {
        public async Task RunAsync(JobReader jobs, CancellationToken cancellationToken)
        {
            await foreach (var job in jobs.ReadAllAsync(cancellationToken))
                job.End(outcome(job));
        }
    }

    private static readonly EndingExecutor Any = new(_ => JobOutcome.Released());

    [Theory]
    [InlineData("", "Schema is not valid JSON")]
    [InlineData("{", "Schema is not valid JSON")]
    [InlineData("[]", "Schema is not a JSON object. Use a JSON Schema, such as {}.")]
    public void A_schema_that_is_no_JSON_object_is_reported_when_it_is_mapped(string schema, string message)
    {
        var app = HeadraceWorker.Create([]);

        var refused = Assert.Throws<ArgumentException>(() =>
            app.MapExecutor("probe", new ExecutorOptions { Schema = schema }, Any)
        );

        Assert.StartsWith($"The method probe@1 cannot be mapped. {message}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_outside_their_limits_are_reported_when_the_executor_is_mapped()
    {
        var app = HeadraceWorker.Create([]);

        foreach (
            var options in (ExecutorOptions[])
                [
                    new() { MaxConcurrency = 0 },
                    new() { MaxConcurrency = 257 },
                    new() { MaxBatchSize = -1 },
                    new() { MaxBatchSize = 257 },
                    new() { MaxWait = TimeSpan.FromSeconds(2) },
                    new() { MaxBatchSize = 4, MaxConcurrency = 2 },
                    new() { MaxBatchSize = 4, PreferredBatchSizes = [5] },
                    new() { PreferredBatchSizes = [1] },
                ]
        )
            Assert.Throws<ArgumentOutOfRangeException>(() => app.MapExecutor("probe", options, Any));
        Assert.Throws<ArgumentException>(() => app.MapExecutor("No Name", new ExecutorOptions(), Any));
    }

    [Fact]
    public void The_schemas_are_offered_as_they_are_given()
    {
        var options = new ExecutorOptions { Schema = """{"required":["x"]}""", ResultSchema = """{"type":"number"}""" };

        var mapped = HeadraceWorker.Create([]).MapExecutor("probe@3", options, Any);

        Assert.Equal(("probe", 3, options.Schema), (mapped.Name, mapped.Version, mapped.Schema));
        Assert.Equal(options.ResultSchema, mapped.Offer.ResultSchema);
    }

    [Fact]
    public async Task The_executor_reads_the_params_and_reports_what_the_job_used()
    {
        await using var scene = await WorkerScene.StartAsync();
        scene.App.MapExecutor(
            "probe",
            new ExecutorOptions(),
            new EndingExecutor(job =>
                JobOutcome.Succeeded(job.Params, "application/json") with
                {
                    CpuTime = TimeSpan.FromMilliseconds(1_500),
                    PeakMemoryBytes = 7 << 20,
                }
            )
        );
        await scene.JoinAsync();

        var (row, result) = await scene.EndOfAsync(await scene.SubmitAsync("probe", """{"i":7}"""));

        Assert.Equal("""{"i":7}""", result);
        Assert.Equal((1_500, 7 << 20), (row.Metrics!.CpuMilliseconds, row.Metrics.PeakBytes));
    }

    [Fact]
    public void An_outcome_is_limited_to_what_a_message_can_contain()
    {
        var large = JobOutcome.Succeeded(new byte[(1 << 20) + 1], "text/plain");
        var lengthy = JobOutcome.Failed("Exit", new string('x', 10_000), new string('y', 100_000));

        Assert.Equal(Kind.TooLarge, large.Kind);
        Assert.Contains(
            "1048577 bytes; the limit is 1048576",
            large.Error!.Message,
            StringComparison.Ordinal
        );
        Assert.Equal((4 << 10, 16 << 10), (lengthy.Error!.Message.Length, lengthy.Error.Detail.Length));
    }

    [Fact]
    public void A_log_line_in_bytes_is_kept_in_valid_UTF8()
    {
        using var attempt = MethodRun.Begin();

        attempt.Log("größer"u8);
        attempt.Log([0x61, 0xFF, 0x62]);

        Assert.Equal("größer\na\uFFFDb\n", Encoding.UTF8.GetString(attempt.TakeReport().Log!));
    }

    [Fact]
    public async Task After_a_stop_request_every_outcome_but_a_success_counts_as_cancelled()
    {
        foreach (
            var (outcome, kind) in (IEnumerable<(JobOutcome, Kind)>)
                [
                    (JobOutcome.Failed("Exit", "exit code 143"), Kind.Cancelled),
                    (JobOutcome.Rejected("no"), Kind.Cancelled),
                    (JobOutcome.Crashed("SIGKILL", wasAlone: true), Kind.Cancelled),
                    (JobOutcome.Released(), Kind.Cancelled),
                    (JobOutcome.Succeeded("done"u8.ToArray(), "text/plain"), Kind.Succeeded),
                ]
        )
        {
            using var attempt = MethodRun.Begin();
            var executor = new EndingExecutor(_ =>
            {
                attempt.Cancel(StopReason.Cancel);
                return outcome;
            });
            var method = HeadraceWorker.Create([]).MapExecutor("probe", new ExecutorOptions(), executor).Method;

            var end = await MethodRun.RunAsync(method, attempt);

            Assert.Equal((kind, false), (end.Kind, end.WasAlone));
        }
    }
}
