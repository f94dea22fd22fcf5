using System.Collections.Concurrent;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Tests.Worker.Exchange;
using Headrace.Worker;
using Xunit;

namespace Headrace.Tests.Worker.Executors;

/// <summary>
/// Tests two things that an executor with processes can do and a method in this process cannot. It kills a job that
/// ignores its cancellation. It also survives when a process dies, and reports a crash (R10).
/// </summary>
public abstract class KillingTests<TExecutor>
    where TExecutor : KillingExecutorUnderTest, new()
{
    private static readonly TExecutor Executor = new();

    private static MethodBuilder Map(WorkerScene scene, Work work)
    {
        scene.Pace = Executor.Pace;
        return Executor.Map(scene.App, "probe", work);
    }

    [Fact]
    public async Task A_job_that_ignores_its_cancellation_is_killed_and_its_worker_continues()
    {
        await using var scene = await WorkerScene.StartAsync();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Map(scene, (_, i, _) => i > 0 ? Task.FromResult<object?>("done") : IgnoreAsync(started));
        var (_, ends) = await scene.JoinAsync();
        var unresponsive = await scene.SubmitAsync("probe", with: spec => spec with { Retries = 0 });
        await scene.WithinDeadline("the job to start", started.Task);

        await scene.SendAsync(new Command.Cancel(unresponsive));
        var (row, _) = await scene.AdvanceUntilAsync(
            "the end of the killed job",
            TimeSpan.FromMilliseconds(250),
            scene.EndOfAsync(unresponsive)
        );
        var next = await scene.EndOfAsync(await scene.SubmitAsync("probe", """{"i":1}"""));

        Assert.Equal(JobState.Cancelled, row.Job.Status.State);
        Assert.Equal("done", next.Result);
        Assert.False(ends.IsCompleted);
    }

    [Fact]
    public async Task A_job_that_ignores_its_time_limit_is_killed_and_has_timed_out()
    {
        await using var scene = await WorkerScene.StartAsync();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Map(scene, (_, _, _) => IgnoreAsync(started));
        var (_, ends) = await scene.JoinAsync();

        var id = await scene.SubmitAsync(
            "probe",
            with: spec => spec with { TimeLimit = TimeSpan.FromSeconds(2), Retries = 0 }
        );
        var (row, _) = await scene.AdvanceUntilAsync(
            "the end of the killed job",
            TimeSpan.FromMilliseconds(250),
            scene.EndOfAsync(id)
        );

        Assert.Equal((JobState.Failed, FailReason.Timeout), (row.Job.Status.State, row.Reason));
        Assert.False(ends.IsCompleted);
    }

    [Fact]
    public async Task The_jobs_of_a_terminated_worker_are_killed_before_it_exits()
    {
        await using var scene = await WorkerScene.StartAsync();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Map(scene, (_, _, _) => IgnoreAsync(started));
        var (loop, ends) = await scene.JoinAsync();
        await scene.SubmitAsync("probe");
        await scene.WithinDeadline("the job to start", started.Task);

        loop.OnSignal("SIGTERM");
        loop.OnSignal("SIGTERM");
        await scene.AdvanceUntilAsync("the exit of the worker", TimeSpan.FromMilliseconds(250), ends);

        // Otherwise, the process would exit immediately, without waiting for its methods.
        Assert.False(loop.IsRunningMethods);
    }

    [Fact]
    public async Task A_job_that_crashes_its_process_runs_isolated_next_and_fails_as_poison_after_the_second_crash()
    {
        await using var scene = await WorkerScene.StartAsync();
        var runs = 0;
        Map(
            scene,
            (_, i, _) =>
            {
                if (i > 0)
                    return Task.FromResult<object?>("done");
                Interlocked.Increment(ref runs);
                return Task.FromResult<object?>(Executor.Death);
            }
        );
        var (_, ends) = await scene.JoinAsync();

        var (row, _) = await scene.EndOfAsync(await scene.SubmitAsync("probe"));
        var next = await scene.EndOfAsync(await scene.SubmitAsync("probe", """{"i":1}"""));

        // The first crash makes the job a suspect, and each crash of an isolated run counts (R10).
        Assert.Equal(
            (JobState.Failed, FailReason.Poison, 2, 3),
            (row.Job.Status.State, row.Reason, row.Job.Status.WorkerCrashes, runs)
        );
        Assert.Equal("done", next.Result);
        Assert.False(ends.IsCompleted);
    }

    [Fact]
    public async Task Jobs_that_crash_with_another_run_again_and_none_of_them_is_lost()
    {
        await using var scene = await WorkerScene.StartAsync();
        var runs = new ConcurrentDictionary<int, int>();
        Map(
            scene,
            async (job, i, _) =>
            {
                runs.AddOrUpdate(i, 1, (_, before) => before + 1);
                await Task.Yield();
                return i == 0 ? Executor.Death : i;
            }
        );
        var (_, ends) = await scene.JoinAsync(slots: 2);

        var ids = new List<JobId>();
        for (var i = 0; i < 12; i++)
            ids.Add(await scene.SubmitAsync("probe", $$"""{"i":{{i}}}"""));
        var rows = new List<(DoneRow Row, string Result)>();
        foreach (var id in ids)
            rows.Add(
                await scene.AdvanceUntilAsync($"the end of job {id}", TimeSpan.FromSeconds(1), scene.EndOfAsync(id))
            );

        Assert.Equal(FailReason.Poison, rows[0].Row.Reason);
        Assert.Equal(Enumerable.Range(1, 11).Select(i => $"{i}"), rows.Skip(1).Select(row => row.Result));
        Assert.All(rows.Skip(1), row => Assert.Equal(0, row.Row.Job.Status.WorkerCrashes));
        Assert.False(ends.IsCompleted);
    }

    /// <summary>Runs until the job is killed.</summary>
    private static async Task<object?> IgnoreAsync(TaskCompletionSource started)
    {
        started.TrySetResult();
        await new TaskCompletionSource().Task;
        return null;
    }
}
