using System.Collections.Concurrent;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Local;
using Headrace.Tests.Worker.Exchange;
using Headrace.Worker;
using Headrace.Worker.Leases;
using Xunit;

namespace Headrace.Tests.Worker.Shapes;

/// <summary>
/// Tests the behavior that all kinds of methods share, with the production worker loop, broker, shard and exchange
/// handler.
/// </summary>
public sealed class EveryShapeTests
{
    public static TheoryData<string> Shapes =>
        [nameof(ShapeKind.Single), nameof(ShapeKind.Stream), nameof(ShapeKind.Batch)];

    private static MethodBuilder Map(
        string shape,
        WorkerScene scene,
        Func<JobContext, int, CancellationToken, Task<object?>> work,
        string name = "probe"
    ) => Mapped.As(Enum.Parse<ShapeKind>(shape), scene.App, name, work);

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task A_hundred_jobs_on_two_workers_run_once_each(string shape)
    {
        await using var scene = await WorkerScene.StartAsync();
        var runs = new ConcurrentBag<int>();
        Map(
            shape,
            scene,
            async (job, i, _) =>
            {
                runs.Add(i);
                await Task.Yield();
                return i * i;
            }
        );
        await scene.JoinAsync("w1", slots: 2);
        await scene.JoinAsync("w2", slots: 2, scene.NewTransport());

        var ids = new List<JobId>();
        for (var i = 0; i < 100; i++)
            ids.Add(await scene.SubmitAsync("probe", $$"""{"i":{{i}}}"""));
        var results = new List<string>();
        foreach (var id in ids)
            results.Add((await scene.EndOfAsync(id)).Result);

        Assert.Equal(Enumerable.Range(0, 100), runs.Order());
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i * i}"), results);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task Lost_requests_and_replies_lose_no_job_and_run_none_twice(string shape)
    {
        var seed = System.Security.Cryptography.RandomNumberGenerator.GetInt32(int.MaxValue);
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        await using var scene = await WorkerScene.StartAsync();
        var random = new Random(seed);
        var runs = new ConcurrentBag<int>();
        Map(
            shape,
            scene,
            (_, i, _) =>
            {
                runs.Add(i);
                return Task.FromResult<object?>(i);
            }
        );
        await scene.JoinAsync();
        scene.Transport.Network = _ => (Fate)random.Next(3);

        var ids = new List<JobId>();
        for (var i = 0; i < 50; i++)
            ids.Add(await scene.SubmitAsync("probe", $$"""{"i":{{i}}}"""));
        foreach (var id in ids)
            await scene.AdvanceUntilAsync(
                $"the end of job {id}, seed {seed}",
                TimeSpan.FromMilliseconds(100),
                scene.EndOfAsync(id)
            );

        Assert.Equal(Enumerable.Range(0, 50), runs.Order());
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task A_cancelled_job_cancels_its_own_token_and_no_other(string shape)
    {
        await using var scene = await WorkerScene.StartAsync();
        var started = new ConcurrentDictionary<int, TaskCompletionSource>();
        for (var i = 0; i < 2; i++)
            started[i] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Map(
            shape,
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
        var (cancelled, _) = await scene.EndOfAsync(first);
        release.SetResult();

        Assert.Equal(JobState.Cancelled, cancelled.Job.Status.State);
        Assert.Equal("done", (await scene.EndOfAsync(second)).Result);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task A_time_limit_ends_the_attempt_as_timed_out(string shape)
    {
        await using var scene = await WorkerScene.StartAsync();
        Map(
            shape,
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
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task Invalid_params_end_the_job_as_rejected_and_a_failure_is_retried(string shape)
    {
        await using var scene = await WorkerScene.StartAsync();
        Map(
            shape,
            scene,
            (job, _, _) =>
                job.Attempt < 3 ? throw new IOException("not yet") : Task.FromResult<object?>($"attempt {job.Attempt}")
        );
        await scene.JoinAsync();

        var wrong = await scene.SubmitAsync("probe", """{"i":"x"}""");
        var flaky = await scene.SubmitAsync("probe");
        var (rejected, _) = await scene.EndOfAsync(wrong);
        var (_, result) = await scene.AdvanceUntilAsync(
            "the third attempt",
            TimeSpan.FromMilliseconds(250),
            scene.EndOfAsync(flaky)
        );

        Assert.Equal(
            (
                FailReason.Rejected,
                """The params do not match the schema of probe@1: $.i must be an integer, not "x"."""
            ),
            (rejected.Reason, rejected.Error!.Message)
        );
        Assert.Equal("attempt 3", result);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task A_method_that_ignores_its_cancellation_ends_its_worker_and_another_worker_runs_the_rest(
        string shape
    )
    {
        await using var scene = await WorkerScene.StartAsync();
        using var release = new ManualResetEventSlim();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Map(
            shape,
            scene,
            (_, i, _) =>
            {
                if (i > 0)
                    return Task.FromResult<object?>("done");
                started.TrySetResult();
                release.Wait(TestContext.Current.CancellationToken);
                return Task.FromResult<object?>(null);
            }
        );
        var (_, ends) = await scene.JoinAsync("w1");
        var unresponsive = await scene.SubmitAsync("probe", with: spec => spec with { Retries = 0 });
        await scene.WithinDeadline("the method to start", started.Task);

        await scene.SendAsync(new Command.Cancel(unresponsive));
        var exit = await scene.AdvanceUntilAsync("the exit of the worker", TimeSpan.FromMilliseconds(250), ends);
        var rest = await scene.SubmitAsync("probe", """{"i":1}""");
        await scene.JoinAsync("w2", transport: scene.NewTransport());

        Assert.Equal(WorkerProcess.Terminated, exit.Code);
        Assert.Equal(JobState.Cancelled, (await scene.EndOfAsync(unresponsive)).Row.Job.Status.State);
        Assert.Equal("done", (await scene.EndOfAsync(rest)).Result);
        release.Set();
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task A_draining_worker_finishes_its_running_jobs_releases_the_rest_and_exits(string shape)
    {
        await using var scene = await WorkerScene.StartAsync();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Map(
            shape,
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
        // More jobs than the method can process concurrently.
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

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task A_second_signal_releases_the_running_jobs_immediately(string shape)
    {
        await using var scene = await WorkerScene.StartAsync();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Map(
            shape,
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
        await scene.WithinDeadline("the exit of the worker", ends);
        await scene.JoinAsync("w2", transport: scene.NewTransport());

        Assert.Equal("attempt 2", (await scene.EndOfAsync(id)).Result);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task A_job_that_must_not_run_twice_fails_as_lost_when_its_run_is_abandoned(string shape)
    {
        await using var scene = await WorkerScene.StartAsync();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Map(
                shape,
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

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task The_jobs_of_a_crashed_worker_run_again_one_at_a_time_and_isolated(string shape)
    {
        await using var scene = await WorkerScene.StartAsync();
        using var stuck = new ManualResetEventSlim();
        var started = new CountdownEvent(2);
        var (now, most) = (0, 0);
        Map(
            shape,
            scene,
            async (job, i, _) =>
            {
                if (job.Attempt == 1)
                {
                    started.Signal();
                    await Task.Run(
                        () => stuck.Wait(TestContext.Current.CancellationToken),
                        TestContext.Current.CancellationToken
                    );
                    return "of the dead";
                }
                most = Math.Max(most, Interlocked.Increment(ref now));
                await Task.Yield();
                Interlocked.Decrement(ref now);
                return $"{i} alone";
            }
        );
        await scene.JoinAsync("w1", slots: 2);
        var ids = new[]
        {
            await scene.SubmitAsync("probe", """{"i":0}"""),
            await scene.SubmitAsync("probe", """{"i":1}"""),
        };
        await scene.WithinDeadline(
            "both methods to start",
            Task.Run(() => started.Wait(TestContext.Current.CancellationToken), TestContext.Current.CancellationToken)
        );

        // Simulates a worker crash, which the supervisor reports. The test cannot kill its own process, so it drops all
        // further messages of the worker instead.
        scene.Transport.Network = _ => Fate.RequestLost;
        await scene.SendAsync(
            new Command.WorkerDied(new LeaseHolder(new WorkerName("w1"), new Incarnation(1)), ExitKind.Signal)
        );
        await scene.JoinAsync("w2", slots: 2, transport: scene.NewTransport());
        var rows = new List<(DoneRow Row, string Result)>();
        foreach (var id in ids)
            rows.Add(await scene.EndOfAsync(id));
        stuck.Set();

        Assert.Equal(["0 alone", "1 alone"], rows.Select(row => row.Result));
        Assert.Equal(1, most);
        Assert.All(rows, row => Assert.Equal(2, row.Row.Job.Status.Attempt));
    }
}
