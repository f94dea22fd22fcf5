using Xunit;

namespace Headrace.Tests.Server.Takeover;

/// <summary>
/// Tests, with real processes, that local workers outlive their server. The next server adopts them, and their jobs
/// continue (R9).
/// </summary>
[Trait("Needs", "Servers")]
public sealed class RestartTests
{
    [Fact]
    public async Task A_long_job_survives_kill_9_of_the_server_without_a_rerun_and_no_second_set_of_workers_starts_R9()
    {
        var work = Hashing.For(TimeSpan.FromSeconds(8));
        await using var scene = new ProcessScene();
        await scene.UpAsync(workers: 2);
        var before = scene.LocalWorkers;
        var id = await RunningAsync(scene, work);

        await scene.KillAsync();
        Assert.Equal(before, scene.LocalWorkers);
        await scene.UpAsync(workers: 2);
        var restarted = TimeProvider.System.GetUtcNow();
        var after = scene.LocalWorkers;
        var ended = await scene.SeesAsync("the job to end", id, job => job.Ended is not null);
        var result = await scene.Client.GetResultAsync(id, TestContext.Current.CancellationToken);
        var queue = await scene.Client.GetQueueAsync("default", TestContext.Current.CancellationToken);

        Assert.Equal(("succeeded", 1, work.Digest), (ended.State, ended.Attempt, result.Text));
        Assert.True(
            ended.Ended > restarted,
            $"The job must continue under the second server, but it ended at {ended.Ended:O}, before that "
                + $"server was ready ({restarted:O})."
        );
        var attempts = await scene.Client.ListAttemptsAsync(
            id,
            cancellationToken: TestContext.Current.CancellationToken
        );
        Assert.Equal("succeeded", Assert.Single(attempts).Outcome);
        Assert.Equal(1, queue.Counts.Where(count => count.Method == "sha512").Sum(count => count.Jobs));
        Assert.Equal(before, after);
        Assert.Equal(before, scene.LocalWorkers);
    }

    [Fact]
    public async Task The_exit_of_an_adopted_worker_is_detected_and_the_worker_replaced_before_its_lease_expires_R10()
    {
        var work = Hashing.For(TimeSpan.FromSeconds(8));
        await using var scene = new ProcessScene();
        await scene.UpAsync(workers: 1);
        var adopted = Assert.Single(scene.LocalWorkers);
        var id = await RunningAsync(scene, work);
        await scene.KillAsync();
        await scene.UpAsync(workers: 1);

        OsProcess.Kill(adopted.Process);
        // The lease lasts 30 s, so waiting for it to expire would exceed the deadline.
        var attempts = await Eventually.SeesAsync(
            "the attempt to be lost",
            async () =>
                (
                    await scene.Client.ListAttemptsAsync(id, cancellationToken: TestContext.Current.CancellationToken)
                ).FirstOrDefault(attempt => attempt.Outcome == "lost")
        );
        var ended = await scene.SeesAsync("the job to end", id, job => job.Ended is not null);

        Assert.Equal(("lost", adopted.Self.Worker.Text), (attempts.Outcome, attempts.Worker));
        Assert.Equal(("succeeded", 2), (ended.State, ended.Attempt));
        Assert.NotEqual(adopted.Self.Incarnation, Assert.Single(scene.LocalWorkers).Self.Incarnation);
    }

    [Fact]
    public async Task A_graceful_stop_lets_adopted_workers_finish_and_then_ends_them_R9()
    {
        var work = Hashing.For(TimeSpan.FromSeconds(6));
        await using var scene = new ProcessScene();
        await scene.UpAsync(workers: 2);
        var id = await RunningAsync(scene, work);
        await scene.KillAsync();
        await scene.UpAsync(workers: 2);

        var code = await scene.StopAsync();
        var left = scene.LocalWorkers;
        await scene.UpAsync(workers: 0);
        var ended = await scene.Client.GetJobAsync(id, TestContext.Current.CancellationToken);

        Assert.Equal(0, code);
        Assert.Empty(left);
        Assert.Equal(("succeeded", 1), (ended.State, ended.Attempt));
    }

    [Fact]
    public async Task A_server_that_finds_more_workers_than_configured_stops_the_excess_R9()
    {
        await using var scene = new ProcessScene();
        await scene.UpAsync(workers: 2);
        var before = scene.LocalWorkers;
        await scene.KillAsync();

        await scene.UpAsync(workers: 1);
        await Eventually.HoldsAsync(
            "one worker to stop",
            () => scene.LocalWorkers.Count == 1,
            Eventually.WithProcesses
        );

        Assert.Contains(scene.LocalWorkers[0], before);
    }

    [Fact]
    public async Task An_acknowledged_cancellation_of_a_running_job_survives_kill_9_of_the_server_R12()
    {
        var work = Hashing.For(TimeSpan.FromSeconds(1)) with { Iterations = 1_000_000_000 };
        await using var scene = new ProcessScene();
        await scene.UpAsync(workers: 1);
        var worker = Assert.Single(scene.LocalWorkers);
        var id = await RunningAsync(scene, work);
        // Suspends the worker, so that it cannot stop the job before the server is killed.
        OsProcess.Pause(worker.Process);
        await Eventually.HoldsAsync("the worker to be suspended", () => OsProcess.StandsStill(worker.Process));

        await scene.Client.CancelAsync(id, TestContext.Current.CancellationToken);
        await scene.KillAsync();
        OsProcess.Continue(worker.Process);
        await scene.UpAsync(workers: 1);
        var ended = await scene.SeesAsync("the job to end", id, job => job.Ended is not null);

        Assert.Equal(("cancelled", 1), (ended.State, ended.Attempt));
    }

    /// <summary>Submits a job and waits until its method has reported that it is running.</summary>
    private static async Task<string> RunningAsync(ProcessScene scene, Hashing work)
    {
        var id = (await scene.Client.SubmitAsync(work.Job(), TestContext.Current.CancellationToken)).Id;
        await scene.SeesAsync("the job to run", id, job => job is { State: "running", Progress: not null });
        return id;
    }
}
