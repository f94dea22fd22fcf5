using System.Diagnostics;
using Xunit;

namespace Headrace.Tests.Server.Takeover;

/// <summary>
/// Tests processes that are suspended (SIGSTOP) for longer than a lease: the server, a worker, or both. In these tests,
/// a lease lasts 3 s.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class PausedProcessTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LongerThanALease = Lease * 1.5;

    [Fact]
    public async Task A_server_suspended_for_longer_than_a_lease_revokes_no_leases_R20()
    {
        await using var scene = Scene();
        await scene.UpAsync(workers: 1);
        var (id, work) = await RunningAsync(scene, 9);

        await PausedAsync(scene.ServerId);

        await EndsAsync(scene, id, work, attempt: 1);
    }

    [Fact]
    public async Task A_worker_suspended_for_longer_than_a_lease_loses_its_job_and_its_late_outcome_is_dropped_R8()
    {
        await using var scene = Scene();
        await scene.UpAsync(workers: 0);
        var paused = scene.Work();
        await scene.JoinedAsync(paused);
        var (id, work) = await RunningAsync(scene, 3);
        OsProcess.Pause(paused.Id);
        var other = scene.Work();

        var second = await scene.SeesAsync(
            "the job to be granted again",
            id,
            job => job.Attempt == 2 && job.Worker is not null
        );
        await EndsAsync(scene, id, work, attempt: 2);
        OsProcess.Continue(paused.Id);
        // The worker reports its lease or its outcome, and the reply revokes the lease. After that, it can run
        // jobs again.
        await scene.SeesAsync(
            "the suspended worker to reconnect without leases",
            async client =>
                (await client.ListWorkersAsync(TestContext.Current.CancellationToken)).FirstOrDefault(w =>
                    IsOf(paused, w.Name) && w.SilentSeconds < 1 && w.Leases.Count == 0
                )
        );

        Assert.True(IsOf(other, second.Worker!));
        var attempts = await scene.Client.ListAttemptsAsync(
            id,
            cancellationToken: TestContext.Current.CancellationToken
        );
        Assert.Equal((1, "lost"), (attempts[0].Attempt, attempts[0].Outcome));
        await EndsAsync(scene, id, work, attempt: 2);
    }

    [Fact]
    public async Task A_suspended_worker_resumes_its_job_if_no_other_worker_has_claimed_it_R11()
    {
        await using var scene = Scene();
        await scene.UpAsync(workers: 0);
        var paused = scene.Work();
        await scene.JoinedAsync(paused);
        var (id, work) = await RunningAsync(scene, 3);

        OsProcess.Pause(paused.Id);
        await scene.SeesAsync("the job to be lost", id, job => job.State == "ready");
        OsProcess.Continue(paused.Id);

        await EndsAsync(scene, id, work, attempt: 1);
    }

    [Fact]
    public async Task A_server_and_a_worker_suspended_at_the_same_time_lose_nothing_R20()
    {
        await using var scene = Scene();
        await scene.UpAsync(workers: 1);
        var worker = Assert.Single(scene.LocalWorkers).Process;
        var (id, work) = await RunningAsync(scene, 3);

        await PausedAsync(scene.ServerId, worker);

        await EndsAsync(scene, id, work, attempt: 1);
    }

    [Fact]
    public async Task Idle_workers_stay_with_a_server_that_was_suspended_R20()
    {
        await using var scene = Scene();
        await scene.UpAsync(workers: 2);
        var before = scene.LocalWorkers;

        await PausedAsync(scene.ServerId);
        var id = (await scene.Client.SubmitAsync(Hashing.Once.Job(), TestContext.Current.CancellationToken)).Id;

        await EndsAsync(scene, id, Hashing.Once, attempt: 1);
        Assert.Equal(before, scene.LocalWorkers);
    }

    private static ProcessScene Scene() => new(("HEADRACE_LEASE", "3s"));

    private static bool IsOf(Process process, string worker) =>
        worker.Contains($"-{process.Id}-", StringComparison.Ordinal);

    private static async Task<(string Id, Hashing Work)> RunningAsync(ProcessScene scene, int seconds)
    {
        var work = Hashing.For(TimeSpan.FromSeconds(seconds));
        var id = (await scene.Client.SubmitAsync(work.Job(), TestContext.Current.CancellationToken)).Id;
        await scene.SeesAsync("the job to run", id, job => job is { State: "running", Progress: not null });
        return (id, work);
    }

    /// <summary>
    /// Suspends all given processes for longer than a lease. The pause is the fault under test, so it lasts for its
    /// full duration in real time.
    /// </summary>
    private static async Task PausedAsync(params int[] processes)
    {
        var began = TimeProvider.System.GetTimestamp();
        foreach (var process in processes)
            OsProcess.Pause(process);
        await Eventually.HoldsAsync(
            $"{LongerThanALease} to pass",
            () => TimeProvider.System.GetElapsedTime(began) > LongerThanALease
        );
        Assert.All(processes, process => Assert.True(OsProcess.StandsStill(process)));
        foreach (var process in processes)
            OsProcess.Continue(process);
    }

    private static async Task EndsAsync(ProcessScene scene, string id, Hashing work, int attempt)
    {
        var ended = await scene.SeesAsync("the job to end", id, job => job.Ended is not null);
        var result = await scene.Client.GetResultAsync(id, TestContext.Current.CancellationToken);
        var queue = await scene.Client.GetQueueAsync("default", TestContext.Current.CancellationToken);

        Assert.Equal(("succeeded", attempt, work.Digest), (ended.State, ended.Attempt, result.Text));
        Assert.Equal(
            (1, 1),
            (
                queue.Counts.Sum(count => count.Jobs),
                queue.Counts.Where(count => count.State == "succeeded").Sum(count => count.Jobs)
            )
        );
    }
}
