using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Local;
using Headrace.Tests.Server;
using Headrace.Worker;
using Xunit;

namespace Headrace.Tests.Worker.Exchange;

/// <summary>Tests the production worker loop against the production broker, shard and exchange handler.</summary>
public sealed class WorkerLoopTests
{
    [Fact]
    public async Task A_submitted_job_runs_and_its_result_is_stored()
    {
        await using var scene = await WorkerScene.StartAsync();
        scene.App.MapMethod(
            "shout",
            (ReadOnlyMemory<byte> body, int times) =>
                string.Concat(
                    Enumerable.Repeat(System.Text.Encoding.UTF8.GetString(body.Span).ToUpperInvariant(), times)
                )
        );
        await scene.JoinAsync();

        var id = await scene.SubmitAsync("shout", """{"times":2}""", "abc"u8.ToArray());

        var (row, result) = await scene.EndOfAsync(id);
        Assert.Equal(
            (JobState.Succeeded, 1, "text/plain", "ABCABC"),
            (row.Job.Status.State, row.Job.Status.Attempt, row.ResultType, result)
        );
        Assert.True(row.Metrics!.Ended >= row.Metrics.Started && row.Metrics.Started >= row.Metrics.Received);
    }

    [Fact]
    public async Task A_hundred_jobs_on_two_workers_run_once_each()
    {
        await using var scene = await WorkerScene.StartAsync();
        var runs = new System.Collections.Concurrent.ConcurrentBag<int>();
        scene.App.MapMethod(
            "count",
            (int i) =>
            {
                runs.Add(i);
                return i * i;
            }
        );
        await scene.JoinAsync("w1", slots: 2);
        await scene.JoinAsync("w2", slots: 2, scene.NewTransport());

        var ids = new List<JobId>();
        for (var i = 0; i < 100; i++)
            ids.Add(await scene.SubmitAsync("count", $$"""{"i":{{i}}}"""));
        var results = new List<string>();
        foreach (var id in ids)
            results.Add((await scene.EndOfAsync(id)).Result);

        Assert.Equal(Enumerable.Range(0, 100), runs.Order());
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i * i}"), results);
    }

    [Fact]
    public async Task Short_jobs_are_reported_while_a_later_one_is_unexpectedly_long_and_the_rest_run_after_it()
    {
        await using var scene = await WorkerScene.StartAsync();
        using var gather = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var before = new System.Collections.Concurrent.ConcurrentQueue<JobId>();
        scene.App.MapMethod(
            "count",
            (JobContext job) =>
            {
                if (before.IsEmpty)
                    gather.Wait(TestContext.Current.CancellationToken);
                if (before.Count < 25)
                {
                    before.Enqueue(job.Id);
                    return;
                }
                held.TrySetResult();
                release.Wait(TestContext.Current.CancellationToken);
            }
        );
        await scene.JoinAsync();
        var ids = new List<JobId>();
        for (var i = 0; i < 50; i++)
            ids.Add(await scene.SubmitAsync("count"));

        gather.Set();
        await scene.AdvanceUntilAsync("the long job to start", TimeSpan.FromMilliseconds(2), Task.WhenAny(held.Task));
        foreach (var id in before)
            await scene.AdvanceUntilAsync($"the end of job {id}", TimeSpan.FromMilliseconds(2), scene.EndOfAsync(id));
        var ended = await Task.WhenAll(
            ids.Select(async id => await scene.SendAsync(new Command.GetJob(id, TimeSpan.Zero)) is not Response.Live)
        );
        release.Set();
        foreach (var id in ids)
            await scene.AdvanceUntilAsync($"the end of job {id}", TimeSpan.FromMilliseconds(20), scene.EndOfAsync(id));

        Assert.Equal(25, ended.Count(has => has));
    }

    [Fact]
    public async Task Lost_requests_and_replies_lose_no_job_and_run_none_twice()
    {
        var seed = System.Security.Cryptography.RandomNumberGenerator.GetInt32(int.MaxValue);
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        await using var scene = await WorkerScene.StartAsync();
        var random = new Random(seed);
        var runs = new System.Collections.Concurrent.ConcurrentBag<int>();
        scene.App.MapMethod(
            "count",
            (int i) =>
            {
                runs.Add(i);
                return i;
            }
        );
        await scene.JoinAsync();
        scene.Transport.Network = _ => (Fate)random.Next(3);

        var ids = new List<JobId>();
        for (var i = 0; i < 50; i++)
            ids.Add(await scene.SubmitAsync("count", $$"""{"i":{{i}}}"""));
        foreach (var id in ids)
            await scene.AdvanceUntilAsync(
                $"the end of job {id}, seed {seed}",
                TimeSpan.FromMilliseconds(100),
                scene.EndOfAsync(id)
            );

        // No lease expired, because each was renewed within thirty seconds. Therefore, no job may have run twice.
        Assert.Equal(Enumerable.Range(0, 50), runs.Order());
    }

    [Fact]
    public async Task An_idle_worker_survives_an_outage_shorter_than_its_grace_period()
    {
        await using var scene = await WorkerScene.StartAsync();
        scene.App.MapMethod("quick", () => "done");
        var (_, ends) = await scene.JoinAsync(orphanGrace: TimeSpan.FromSeconds(5));
        var lost = 0;
        scene.Transport.Network = _ => lost++ < 3 ? Fate.RequestLost : Fate.Delivered;

        // The parked exchange ends, three messages are lost, and after that the worker has nothing to send for longer
        // than the grace period.
        await scene.AdvanceUntilAsync(
            "thirty seconds to pass",
            TimeSpan.FromMilliseconds(250),
            Passed(scene, TimeSpan.FromSeconds(30))
        );
        var id = await scene.SubmitAsync("quick");

        Assert.Equal("done", (await scene.EndOfAsync(id)).Result);
        Assert.True(lost > 3);
        Assert.False(ends.IsCompleted);
    }

    /// <summary>
    /// Completes after a time span on the scene's clock. Awaiting the delay here keeps its timer from being collected.
    /// </summary>
    private static async Task<bool> Passed(WorkerScene scene, TimeSpan span)
    {
        await Task.Delay(span, scene.Clock, TestContext.Current.CancellationToken);
        return true;
    }

    [Fact]
    public async Task Invalid_params_end_the_job_as_rejected_with_every_error()
    {
        await using var scene = await WorkerScene.StartAsync();
        scene.App.MapMethod("count", (int i, int j) => i + j);
        await scene.JoinAsync();

        var (row, _) = await scene.EndOfAsync(await scene.SubmitAsync("count", """{"i":"x"}"""));

        Assert.Equal((JobState.Failed, FailReason.Rejected), (row.Job.Status.State, row.Reason));
        Assert.Equal(
            """The params do not match the schema of count@1: $.i must be an integer, not "x"; $.j is missing.""",
            row.Error!.Message
        );
    }

    [Fact]
    public async Task A_failed_attempt_is_retried_later()
    {
        await using var scene = await WorkerScene.StartAsync();
        scene.App.MapMethod(
            "flaky",
            (JobContext job) => job.Attempt < 3 ? throw new IOException("not yet") : $"attempt {job.Attempt}"
        );
        await scene.JoinAsync();

        var id = await scene.SubmitAsync("flaky");
        var (row, result) = await scene.AdvanceUntilAsync(
            "the third attempt",
            TimeSpan.FromMilliseconds(250),
            scene.EndOfAsync(id)
        );

        Assert.Equal((JobState.Succeeded, "attempt 3"), (row.Job.Status.State, result));
        var attempts = (await scene.ReadAsync(new RowKey.Attempts(id))).Cast<AttemptRow>().ToList();
        Assert.Equal(["not yet", "not yet"], attempts.Select(a => a.Error!.Message));
    }

    [Fact]
    public async Task A_cancelled_job_cancels_the_token_of_its_method()
    {
        await using var scene = await WorkerScene.StartAsync();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        scene.App.MapMethod(
            "wait",
            async (CancellationToken stop) =>
            {
                started.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, stop);
            }
        );
        await scene.JoinAsync();
        var id = await scene.SubmitAsync("wait");
        await scene.WithinDeadline("the method to start", started.Task);

        await scene.SendAsync(new Command.Cancel(id));

        var (row, _) = await scene.EndOfAsync(id);
        Assert.Equal(JobState.Cancelled, row.Job.Status.State);
    }

    [Fact]
    public async Task A_time_limit_ends_the_attempt_as_timed_out()
    {
        await using var scene = await WorkerScene.StartAsync();
        scene.App.MapMethod("wait", (CancellationToken stop) => Task.Delay(Timeout.InfiniteTimeSpan, stop));
        await scene.JoinAsync();

        var id = await scene.SubmitAsync(
            "wait",
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
    public async Task A_method_that_ignores_its_cancellation_ends_its_worker_and_another_worker_runs_the_rest()
    {
        await using var scene = await WorkerScene.StartAsync();
        using var release = new ManualResetEventSlim();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        scene.App.MapMethod(
            "unresponsive",
            () =>
            {
                started.SetResult();
                release.Wait(TestContext.Current.CancellationToken);
            }
        );
        scene.App.MapMethod("quick", () => "done");
        var (_, ends) = await scene.JoinAsync("w1");
        var unresponsive = await scene.SubmitAsync("unresponsive", with: spec => spec with { Retries = 0 });
        await scene.WithinDeadline("the method to start", started.Task);
        var rest = await scene.SubmitAsync("quick");

        await scene.SendAsync(new Command.Cancel(unresponsive));
        var exit = await scene.AdvanceUntilAsync("the exit of the worker", TimeSpan.FromMilliseconds(250), ends);
        await scene.JoinAsync("w2", transport: scene.NewTransport());

        Assert.Equal(WorkerProcess.Terminated, exit.Code);
        Assert.Equal(JobState.Cancelled, (await scene.EndOfAsync(unresponsive)).Row.Job.Status.State);
        Assert.Equal("done", (await scene.EndOfAsync(rest)).Result);
        release.Set();
    }

    [Fact]
    public async Task A_draining_worker_finishes_its_running_jobs_releases_the_rest_and_exits()
    {
        await using var scene = await WorkerScene.StartAsync();
        using var release = new ManualResetEventSlim();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        scene.App.MapMethod(
            "hold",
            (int i) =>
            {
                started.TrySetResult();
                release.Wait(TestContext.Current.CancellationToken);
                return i;
            }
        );
        var (loop, ends) = await scene.JoinAsync("w1");
        var first = await scene.SubmitAsync("hold", """{"i":1}""");
        await scene.WithinDeadline("the method to start", started.Task);
        var second = await scene.SubmitAsync("hold", """{"i":2}""");

        loop.OnSignal("SIGTERM");
        release.Set();
        var exit = await scene.WithinDeadline("the exit of the draining worker", ends);
        var (firstRow, _) = await scene.EndOfAsync(first);
        await scene.JoinAsync("w2", transport: scene.NewTransport());
        var (secondRow, _) = await scene.EndOfAsync(second);

        Assert.Equal((WorkerProcess.StoppedOnRequest, "Drained."), (exit.Code, exit.Reason));
        Assert.Equal((JobState.Succeeded, "w1"), (firstRow.Job.Status.State, firstRow.Job.Status.Holder.Worker.Text));
        Assert.Equal((JobState.Succeeded, "w2"), (secondRow.Job.Status.State, secondRow.Job.Status.Holder.Worker.Text));
    }

    [Fact]
    public async Task A_second_signal_releases_the_running_jobs_immediately()
    {
        await using var scene = await WorkerScene.StartAsync();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        scene.App.MapMethod(
            "wait",
            async (JobContext job, CancellationToken stop) =>
            {
                started.TrySetResult();
                if (job.Attempt == 1)
                    await Task.Delay(Timeout.InfiniteTimeSpan, stop);
                return $"attempt {job.Attempt}";
            }
        );
        var (loop, ends) = await scene.JoinAsync("w1");
        var id = await scene.SubmitAsync("wait");
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
        scene
            .App.MapMethod(
                "charge",
                async (CancellationToken stop) =>
                {
                    started.TrySetResult();
                    await Task.Delay(Timeout.InfiniteTimeSpan, stop);
                }
            )
            .FailWhenLost();
        var (loop, ends) = await scene.JoinAsync("w1");
        var id = await scene.SubmitAsync("charge");
        await scene.WithinDeadline("the method to start", started.Task);

        loop.OnSignal("SIGINT");
        loop.OnSignal("SIGINT");
        await scene.WithinDeadline("the exit of the worker", ends);

        var (row, _) = await scene.EndOfAsync(id);
        Assert.Equal((JobState.Failed, FailReason.Lost), (row.Job.Status.State, row.Reason));
    }

    [Fact]
    public async Task Progress_and_log_are_visible_while_the_job_runs()
    {
        await using var scene = await WorkerScene.StartAsync();
        using var release = new ManualResetEventSlim();
        scene.App.MapMethod(
            "talk",
            (JobContext job) =>
            {
                job.Log("first line");
                job.ReportProgress(0.25, "a quarter");
                release.Wait(TestContext.Current.CancellationToken);
                job.Log("last line");
            }
        );
        await scene.JoinAsync();
        var id = await scene.SubmitAsync("talk");

        // The worker sends progress within half a second on its own clock. The test advances that clock by at most two
        // seconds, so that a busy machine does not make the worker appear unresponsive.
        var moved = 0;
        var seen = await Eventually.SeesAsync(
            "the job's progress",
            async () =>
            {
                if (moved++ < 20)
                    scene.Clock.Advance(TimeSpan.FromMilliseconds(100));
                return ((Response.Live)await scene.SendAsync(new Command.GetJob(id, TimeSpan.Zero))).Job.Progress;
            }
        );
        release.Set();
        await scene.EndOfAsync(id);

        Assert.Equal(new Progress(0.25, "a quarter"), seen);
        var log = Assert.IsType<LogRow>(Assert.Single(await scene.ReadAsync(new RowKey.Logs(id))));
        Assert.Equal("first line\nlast line\n", System.Text.Encoding.UTF8.GetString(log.Lines.Span));
    }

    [Fact]
    public async Task A_worker_whose_name_stays_in_use_exits_as_refused_after_a_lease()
    {
        await using var scene = await WorkerScene.StartAsync();
        scene.App.MapMethod("noop", () => 1);
        await scene.JoinAsync("w1");

        var (_, ends) = await scene.JoinAsync("w1", transport: scene.NewTransport(), waitForJoin: false);
        var exit = await scene.AdvanceUntilAsync("the second worker to exit", TimeSpan.FromMilliseconds(250), ends);

        Assert.Equal(WorkerProcess.Refused, exit.Code);
        Assert.Contains("The name w1 is in use by another incarnation", exit.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_that_replaces_a_killed_one_waits_a_lease_for_its_name()
    {
        await using var scene = await WorkerScene.StartAsync();
        scene.App.MapMethod("noop", () => "done");
        await scene.JoinAsync("w1");
        // Simulates a killed process: the server receives none of its further messages.
        scene.Transport.Network = _ => Fate.RequestLost;

        var (loop, ends) = await scene.JoinAsync("w1", transport: scene.NewTransport(), waitForJoin: false);
        var id = await scene.SubmitAsync("noop");
        var (_, result) = await scene.AdvanceUntilAsync(
            "the second worker to run the job",
            TimeSpan.FromMilliseconds(250),
            scene.EndOfAsync(id)
        );

        Assert.Equal("done", result);
        Assert.False(ends.IsCompleted);
        Assert.False(loop.IsRunningMethods);
    }

    [Fact]
    public async Task A_changed_schema_under_the_same_version_is_rejected_naming_the_field()
    {
        await using var scene = await WorkerScene.StartAsync();
        scene.App.MapMethod("forecast", (int horizon) => horizon);
        await scene.JoinAsync("w1");
        var changed = HeadraceWorker.Create([]);
        changed.MapMethod("forecast", (double horizon) => horizon);

        var loop = changed.CreateLoop(
            new Headrace.Worker.Leases.WorkerIdentity(new WorkerName("w2"), new Incarnation(99), "local"),
            new(),
            scene.NewTransport(),
            scene.Clock,
            new ClockWakeSignal(scene.Clock),
            _ => { }
        );
        var exit = await scene.WithinDeadline("the exit of the changed worker", loop.RunAsync());

        Assert.Equal(WorkerProcess.Refused, exit.Code);
        Assert.Contains("$.properties.horizon.type", exit.Reason, StringComparison.Ordinal);
        Assert.Contains("forecast@2", exit.Reason, StringComparison.Ordinal);
    }
}
