using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Tests.Worker.Exchange;
using Headrace.Worker;
using Xunit;

namespace Headrace.Tests.Worker.Executors;

/// <summary>Tests methods that end their jobs explicitly, and methods that fail to do so.</summary>
public sealed class ExplicitOutcomeTests
{
    [Fact]
    public async Task A_stream_that_throws_fails_its_open_jobs_and_is_called_again_for_the_next()
    {
        await using var scene = await WorkerScene.StartAsync();
        var calls = 0;
        scene.App.MapStream<int>(
            "probe",
            4,
            (int i) => i,
            async jobs =>
            {
                calls++;
                while (await jobs.WaitToReadAsync())
                    while (jobs.TryRead(out var job))
                    {
                        if (job.Input == 0)
                            throw new JobFailedException("The stream failed.", retryable: false);
                        job.Succeed(job.Input);
                    }
            }
        );
        await scene.JoinAsync();

        var (failed, _) = await scene.EndOfAsync(await scene.SubmitAsync("probe", """{"i":0}"""));
        var (_, next) = await scene.EndOfAsync(await scene.SubmitAsync("probe", """{"i":1}"""));

        Assert.Equal((JobState.Failed, "The stream failed."), (failed.Job.Status.State, failed.Error!.Message));
        Assert.Equal(("1", 2), (next, calls));
    }

    [Fact]
    public async Task A_stream_that_returns_without_reading_fails_its_jobs_instead_of_looping_forever()
    {
        await using var scene = await WorkerScene.StartAsync();
        scene.App.MapStream<int>("probe", 4, (int i) => i, _ => Task.CompletedTask);
        await scene.JoinAsync();

        var (row, _) = await scene.EndOfAsync(
            await scene.SubmitAsync("probe", """{"i":0}""", with: spec => spec with { Retries = 0 })
        );

        Assert.Equal(
            (JobState.Failed, "The method returned without ending this job. It must end each job that it reads."),
            (row.Job.Status.State, row.Error!.Message)
        );
    }

    [Fact]
    public async Task A_method_may_read_a_job_after_ending_it()
    {
        await using var scene = await WorkerScene.StartAsync();
        JobLease<int>? before = null;
        scene.App.MapStream<int>(
            "probe",
            4,
            (int i) => i,
            async jobs =>
            {
                while (await jobs.WaitToReadAsync())
                    while (jobs.TryRead(out var job))
                    {
                        if (before is not null)
                            before.Fail(new OperationCanceledException(before.CancellationToken));
                        before = job;
                        job.Succeed(job.Input);
                    }
            }
        );
        await scene.JoinAsync();

        await scene.EndOfAsync(await scene.SubmitAsync("probe", """{"i":0}"""));
        var (row, _) = await scene.EndOfAsync(
            await scene.SubmitAsync("probe", """{"i":1}""", with: spec => spec with { Retries = 0 })
        );

        Assert.Equal((JobState.Succeeded, null), (row.Job.Status.State, row.Error?.Message));
    }

    [Fact]
    public async Task A_result_that_cannot_be_serialized_fails_only_its_own_job()
    {
        await using var scene = await WorkerScene.StartAsync();
        scene.App.MapBatch<int>(
            "probe",
            4,
            TimeSpan.FromMilliseconds(100),
            (int i) => i,
            jobs =>
            {
                foreach (var job in jobs)
                    job.Succeed(new { Price = job.Input == 0 ? double.NaN : job.Input });
                return Task.CompletedTask;
            }
        );
        await scene.JoinAsync();
        var ids = new List<JobId>();
        for (var i = 0; i < 4; i++)
            ids.Add(await scene.SubmitAsync("probe", $$"""{"i":{{i}}}""", with: spec => spec with { Retries = 0 }));

        var rows = new List<(DoneRow Row, string Result)>();
        foreach (var id in ids)
            rows.Add(await scene.AdvanceUntilAsync("the batch", TimeSpan.FromMilliseconds(50), scene.EndOfAsync(id)));

        Assert.Equal(
            [JobState.Failed, JobState.Succeeded, JobState.Succeeded, JobState.Succeeded],
            rows.Select(row => row.Row.Job.Status.State)
        );
    }

    [Fact]
    public async Task A_batch_fails_only_the_jobs_that_it_does_not_end()
    {
        await using var scene = await WorkerScene.StartAsync();
        scene.App.MapBatch<int>(
            "probe",
            4,
            TimeSpan.FromMilliseconds(100),
            (int i) => i,
            jobs =>
            {
                foreach (var job in jobs.Where(job => job.Input > 0))
                {
                    job.Succeed(job.Input);
                    job.Fail(new IOException("Only the first outcome counts."));
                }
                return Task.CompletedTask;
            }
        );
        await scene.JoinAsync();
        var ids = new List<JobId>();
        for (var i = 0; i < 4; i++)
            ids.Add(await scene.SubmitAsync("probe", $$"""{"i":{{i}}}""", with: spec => spec with { Retries = 0 }));

        var rows = new List<(DoneRow Row, string Result)>();
        foreach (var id in ids)
            rows.Add(await scene.AdvanceUntilAsync("the batch", TimeSpan.FromMilliseconds(50), scene.EndOfAsync(id)));

        Assert.Equal(["", "1", "2", "3"], rows.Select(row => row.Result));
        Assert.Equal(
            "The method returned without ending this job. Call Succeed or Fail for each job.",
            rows[0].Row.Error!.Message
        );
    }

    [Fact]
    public void An_unsupported_method_is_reported_when_it_is_mapped()
    {
        var app = HeadraceWorker.Create([]);

        Assert.Contains(
            "returns String, but the handler expects the input type Int32",
            Assert
                .Throws<ArgumentException>(() => app.MapStream<int>("a", 4, (string s) => s, _ => Task.CompletedTask))
                .Message,
            StringComparison.Ordinal
        );
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            app.MapStream<int>("a", 0, (int i) => i, _ => Task.CompletedTask)
        );
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            app.MapBatch<int>("a", 257, TimeSpan.Zero, (int i) => i, _ => Task.CompletedTask)
        );
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            app.MapBatch<int>("a", 4, TimeSpan.FromSeconds(2), (int i) => i, _ => Task.CompletedTask)
        );
    }
}
