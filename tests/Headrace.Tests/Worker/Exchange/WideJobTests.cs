using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Worker;
using Xunit;

namespace Headrace.Tests.Worker.Exchange;

/// <summary>
/// Tests jobs that take several slots, with the production worker loop, broker, shard and exchange handler.
/// </summary>
public sealed class WideJobTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);

    private readonly Lock _guard = new();
    private int _occupied;
    private int _most;

    [Fact]
    public async Task Jobs_of_one_and_of_several_slots_never_occupy_more_than_the_worker_has_R7()
    {
        await using var scene = await WorkerScene.StartAsync();
        scene.App.MapMethod("wide", () => OccupyAsync(3)).Slots(3);
        scene.App.MapMethod("narrow", () => OccupyAsync(1));
        await scene.JoinAsync("w1", slots: 4);

        var ids = new List<JobId>();
        for (var i = 0; i < 60; i++)
            ids.Add(await scene.SubmitAsync(i % 3 == 0 ? "wide" : "narrow"));
        foreach (var id in ids)
            Assert.Equal(JobState.Succeeded, (await scene.EndOfAsync(id)).Row.Job.Status.State);

        Assert.InRange(_most, 3, 4);
    }

    [Fact]
    public async Task A_job_of_several_slots_runs_although_jobs_of_one_slot_never_stop_arriving_R19()
    {
        await using var scene = await WorkerScene.StartAsync();
        scene.App.MapMethod("wide", () => OccupyAsync(4)).Slots(4);
        scene.App.MapMethod("narrow", () => OccupyAsync(1));
        await scene.JoinAsync("w1", slots: 4);
        using var enough = new CancellationTokenSource();
        var arriving = ArriveAsync(scene, enough.Token);

        var (row, _) = await scene.EndOfAsync(await scene.SubmitAsync("wide"));

        Assert.Equal(JobState.Succeeded, row.Job.Status.State);
        Assert.Equal(4, _most);
        await enough.CancelAsync();
        foreach (var id in await arriving)
            await scene.EndOfAsync(id);
    }

    [Fact]
    public async Task A_job_of_several_slots_runs_although_a_stream_of_long_jobs_never_runs_out_of_them_R19()
    {
        await using var scene = await WorkerScene.StartAsync();
        scene.App.MapMethod("wide", () => OccupyAsync(2)).Slots(2);
        scene.App.MapStream<int>("stream", 4, (int i) => i, jobs => StreamAsync(jobs, scene));
        await scene.JoinAsync("w1", slots: 2);
        var ids = new List<JobId>();
        for (var i = 0; i < 100; i++)
            ids.Add(await scene.SubmitAsync("stream", $$"""{"i":{{i}}}"""));
        // One job after another ends, so the stream is always running some of them.
        await scene.AdvanceUntilAsync("the tenth job", Step, scene.EndOfAsync(ids[9]));

        var wide = await scene.SubmitAsync("wide");
        var (row, _) = await scene.AdvanceUntilAsync("the wide job", Step, scene.EndOfAsync(wide));

        Assert.Equal(JobState.Succeeded, row.Job.Status.State);
        // The worker has been reserved for the job, and has released it at most once.
        Assert.InRange(row.Job.Status.Attempt, 1, 2);
        Assert.Null((await scene.ReadAsync(new RowKey.Ended(ids[^1]))).OfType<DoneRow>().SingleOrDefault());
    }

    /// <summary>
    /// Runs up to four jobs at a time, which take 8 to 20 s on the scene's clock. The intervals between their ends
    /// exceed the time for which a worker keeps a job that it cannot start.
    /// </summary>
    private static async Task StreamAsync(JobReader<int> jobs, WorkerScene scene)
    {
        var running = new List<Task>();
        while (true)
        {
            running.RemoveAll(one => one.IsCompleted);
            if (running.Count < 4 && jobs.TryRead(out var job))
                running.Add(RunAsync(job));
            else if (running.Count == 0 && !await jobs.WaitToReadAsync())
                return;
            else if (running.Count == 4)
                await Task.WhenAny(running);
            else if (running.Count > 0)
                await Task.WhenAny([.. running, jobs.WaitToReadAsync().AsTask()]);
        }

        async Task RunAsync(JobLease<int> job)
        {
            await Task.Delay(TimeSpan.FromSeconds(8 + (4 * (job.Input % 4))), scene.Clock);
            job.Succeed(job.Input);
        }
    }

    /// <summary>Keeps eight one-slot jobs waiting or running until it is cancelled.</summary>
    private static async Task<List<JobId>> ArriveAsync(WorkerScene scene, CancellationToken stop)
    {
        var waiting = new List<JobId>();
        while (!stop.IsCancellationRequested)
        {
            waiting.Add(await scene.SubmitAsync("narrow"));
            if (waiting.Count < 8)
                continue;
            await scene.EndOfAsync(waiting[0]);
            waiting.RemoveAt(0);
        }
        return waiting;
    }

    private async Task<int> OccupyAsync(int slots)
    {
        lock (_guard)
        {
            _occupied += slots;
            _most = Math.Max(_most, _occupied);
        }
        await Task.Yield();
        lock (_guard)
            _occupied -= slots;
        return slots;
    }
}
