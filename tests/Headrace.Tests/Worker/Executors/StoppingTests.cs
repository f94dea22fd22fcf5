using System.Collections.Concurrent;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Local;
using Headrace.Tests.Worker.Exchange;
using Headrace.Worker;
using Xunit;

namespace Headrace.Tests.Worker.Executors;

/// <summary>
/// Tests that jobs stop when they are cancelled, when they reach their time limit, and when their worker stops.
/// </summary>
public abstract class StoppingTests<TExecutor>
    where TExecutor : ExecutorUnderTest, new()
{
    private static MethodBuilder Map(WorkerScene scene, Work work)
    {
        var executor = new TExecutor();
        scene.Pace = executor.Pace;
        return executor.Map(scene.App, "probe", work);
    }

    [Fact]
    public async Task A_cancelled_job_cancels_its_own_token_and_no_other()
    {
        await using var scene = await WorkerScene.StartAsync();
        var started = new ConcurrentDictionary<int, TaskCompletionSource>();
        for (var i = 0; i < 2; i++)
            started[i] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Map(
            scene,
            async (_, i, stop) =>
            {
                started[i].TrySetResult();
                await release.Task.WaitAsync(stop);
                return "done";
            }
        );
        await scene.JoinAsync(slots: 2);
        var first = await scene.SubmitAsync("probe", """{"i":0}""");
        var second = await scene.SubmitAsync("probe", """{"i":1}""");
        foreach (var one in started.Values)
            await scene.WithinDeadline("the method to start", one.Task);

        await scene.SendAsync(new Command.Cancel(first));
        // If both jobs run in one call, the end of the first is reported after a short delay on the test's clock.
        var (cancelled, _) = await scene.AdvanceUntilAsync(
            "the end of the cancelled job",
            TimeSpan.FromMilliseconds(1),
            scene.EndOfAsync(first)
        );
        release.SetResult();

        Assert.Equal(JobState.Cancelled, cancelled.Job.Status.State);
        Assert.Equal("done", (await scene.EndOfAsync(second)).Result);
    }

    [Fact]
    public async Task A_time_limit_ends_the_attempt_as_timed_out()
    {
        await using var scene = await WorkerScene.StartAsync();
        Map(
            scene,
            async (_, _, stop) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, stop);
                return null;
            }
        );
        await scene.JoinAsync();

        var id = await scene.SubmitAsync(
            "probe",
            with: spec => spec with { TimeLimit = TimeSpan.FromSeconds(2), Retries = 0 }
        );
        var (row, _) = await scene.AdvanceUntilAsync(
            "the time limit",
            TimeSpan.FromMilliseconds(250),
            scene.EndOfAsync(id)
        );

        Assert.Equal((JobState.Failed, FailReason.Timeout), (row.Job.Status.State, row.Reason));
        Assert.Equal(
            OutcomeKind.TimedOut,
            (await scene.ReadAsync(new RowKey.Attempts(id))).OfType<AttemptRow>().Single().Kind
        );
    }

    [Fact]
    public async Task A_draining_worker_finishes_its_running_jobs_releases_the_rest_and_exits()
    {
        await using var scene = await WorkerScene.StartAsync();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Map(
            scene,
            async (_, i, _) =>
            {
                started.TrySetResult();
                await release.Task;
                return i;
            }
        );
        var (loop, ends) = await scene.JoinAsync("w1");
        var ids = new List<JobId> { await scene.SubmitAsync("probe", """{"i":0}""") };
        await scene.WithinDeadline("the method to start", started.Task);
        // There are more jobs than the method can process concurrently.
        for (var i = 1; i < 9; i++)
            ids.Add(await scene.SubmitAsync("probe", $$"""{"i":{{i}}}"""));

        loop.OnSignal("SIGTERM");
        release.SetResult();
        var exit = await scene.WithinDeadline("the exit of the draining worker", ends);
        await scene.JoinAsync("w2", transport: scene.NewTransport());
        var rows = new List<(DoneRow Row, string Result)>();
        foreach (var id in ids)
            rows.Add(
                await scene.AdvanceUntilAsync(
                    $"the end of job {id}",
                    TimeSpan.FromMilliseconds(100),
                    scene.EndOfAsync(id)
                )
            );

        Assert.Equal((WorkerProcess.StoppedOnRequest, "Drained."), (exit.Code, exit.Reason));
        Assert.Equal("w1", rows[0].Row.Job.Status.Holder.Worker.Text);
        Assert.Contains(rows, row => row.Row.Job.Status.Holder.Worker.Text == "w2");
        Assert.Equal(Enumerable.Range(0, 9).Select(i => $"{i}"), rows.Select(row => row.Result));
        // The released jobs had not started, so no run was wasted.
        Assert.All(
            rows,
            row => Assert.Equal((JobState.Succeeded, 0), (row.Row.Job.Status.State, row.Row.Job.Status.Failures))
        );
    }

    [Fact]
    public async Task A_second_signal_releases_the_running_jobs_immediately()
    {
        await using var scene = await WorkerScene.StartAsync();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Map(
            scene,
            async (job, _, stop) =>
            {
                started.TrySetResult();
                if (job.Attempt == 1)
                    await Task.Delay(Timeout.InfiniteTimeSpan, stop);
                return $"attempt {job.Attempt}";
            }
        );
        var (loop, ends) = await scene.JoinAsync("w1");
        var id = await scene.SubmitAsync("probe");
        await scene.WithinDeadline("the method to start", started.Task);

        loop.OnSignal("SIGINT");
        loop.OnSignal("SIGINT");
        var exit = await scene.WithinDeadline("the exit of the worker", ends);
        await scene.JoinAsync("w2", transport: scene.NewTransport());

        Assert.Equal(WorkerProcess.StoppedOnRequest, exit.Code);
        Assert.Equal("attempt 2", (await scene.EndOfAsync(id)).Result);
    }

    [Fact]
    public async Task A_job_that_must_not_run_twice_fails_as_lost_when_its_run_is_abandoned()
    {
        await using var scene = await WorkerScene.StartAsync();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Map(
                scene,
                async (_, _, stop) =>
                {
                    started.TrySetResult();
                    await Task.Delay(Timeout.InfiniteTimeSpan, stop);
                    return null;
                }
            )
            .FailWhenLost();
        var (loop, ends) = await scene.JoinAsync("w1");
        var id = await scene.SubmitAsync("probe");
        await scene.WithinDeadline("the method to start", started.Task);

        loop.OnSignal("SIGINT");
        loop.OnSignal("SIGINT");
        await scene.WithinDeadline("the exit of the worker", ends);

        var (row, _) = await scene.EndOfAsync(id);
        Assert.Equal((JobState.Failed, FailReason.Lost), (row.Job.Status.State, row.Reason));
    }
}
