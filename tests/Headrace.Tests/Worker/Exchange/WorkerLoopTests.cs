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
    /// Completes after a certain time on the scene's clock. Awaiting the delay here keeps its timer from being
    /// garbage-collected.
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
    public async Task A_replaced_method_runs_new_jobs_while_running_ones_finish_with_the_old_one()
    {
        await using var scene = await WorkerScene.StartAsync();
        var release = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var old = new LastingExecutor(release.Task);
        var mapped = scene.App.MapExecutor("probe", new ExecutorOptions(), old);
        await scene.JoinAsync(slots: 2);
        var first = await scene.SubmitAsync("probe");
        await scene.WithinDeadline("the job to start", old.Started);

        scene.App.Unmap(mapped);
        scene.App.MapExecutor("probe", new ExecutorOptions(), new LastingExecutor(Task.FromResult("new")));
        scene.App.PublishMethods();
        var second = await scene.EndOfAsync(await scene.SubmitAsync("probe"));
        release.SetResult("old");

        Assert.Equal("new", second.Result);
        Assert.Equal("old", (await scene.EndOfAsync(first)).Result);
        await scene.WithinDeadline("the end of the old executor's call", old.Returned);
    }

    [Fact]
    public async Task A_drained_worker_exits_when_its_executors_have_ended_what_they_started()
    {
        await using var scene = await WorkerScene.StartAsync();
        var executor = new LastingExecutor(Task.FromResult("done"));
        scene.App.MapExecutor("probe", new ExecutorOptions(), executor);
        var (loop, ends) = await scene.JoinAsync();
        await scene.EndOfAsync(await scene.SubmitAsync("probe"));

        loop.OnSignal("SIGTERM");
        await scene.WithinDeadline("the exit of the worker", ends);

        Assert.True(executor.Returned.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_worker_that_abandons_a_job_kills_it_and_cancels_the_call_of_its_executor()
    {
        await using var scene = await WorkerScene.StartAsync();
        var killed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        scene.App.MapExecutor(
            "probe",
            new ExecutorOptions(),
            new FunctionExecutor(
                async (jobs, stop) =>
                {
                    using var ended = stop.Register(() => cancelled.TrySetResult());
                    await jobs.WaitToReadAsync(stop);
                    Assert.True(jobs.TryRead(out var job));
                    using var kill = job.KillToken.Register(() => killed.TrySetResult());
                    started.TrySetResult();
                    await Task.WhenAll(killed.Task, cancelled.Task);
                    job.End(JobOutcome.Cancelled());
                }
            )
        );
        var (loop, ends) = await scene.JoinAsync();
        await scene.SubmitAsync("probe");
        await scene.WithinDeadline("the job to start", started.Task);

        loop.OnSignal("SIGTERM");
        loop.OnSignal("SIGTERM");
        await scene.AdvanceUntilAsync("the exit of the worker", TimeSpan.FromMilliseconds(250), ends);

        await scene.WithinDeadline("both signals", Task.WhenAll(killed.Task, cancelled.Task));
    }

    private sealed class FunctionExecutor(Func<JobReader, CancellationToken, Task> run) : IMethodExecutor
    {
        public Task RunAsync(JobReader jobs, CancellationToken cancellationToken) => run(jobs, cancellationToken);
    }

    /// <summary>Completes each job with the result of the given task.</summary>
    private sealed class LastingExecutor(Task<string> result) : IMethodExecutor
    {
        private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _returned = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Started => _started.Task;

        public Task Returned => _returned.Task;

        public async Task RunAsync(JobReader jobs, CancellationToken cancellationToken)
        {
            await foreach (var job in jobs.ReadAllAsync(cancellationToken))
            {
                _started.TrySetResult();
                job.End(JobOutcome.Succeeded(System.Text.Encoding.UTF8.GetBytes(await result), "text/plain"));
            }
            _returned.TrySetResult();
        }
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
