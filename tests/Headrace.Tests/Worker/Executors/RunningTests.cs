using System.Collections.Concurrent;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Tests.Support;
using Headrace.Tests.Worker.Exchange;
using Headrace.Worker;
using Xunit;

namespace Headrace.Tests.Worker.Executors;

/// <summary>
/// Tests that jobs run regardless of what happens to messages and other workers, with the production worker loop,
/// broker, shard and exchange handler.
/// </summary>
public abstract class RunningTests<TExecutor>
    where TExecutor : ExecutorUnderTest, new()
{
    private static MethodBuilder Map(WorkerScene scene, Work work)
    {
        var executor = new TExecutor();
        scene.Pace = executor.Pace;
        return executor.Map(scene.App, "probe", work);
    }

    [Fact]
    public async Task A_hundred_jobs_on_two_workers_run_once_each()
    {
        await using var scene = await WorkerScene.StartAsync();
        var runs = new ConcurrentBag<int>();
        Map(
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

    [Fact]
    public async Task Lost_requests_and_replies_lose_no_job_and_run_none_twice()
    {
        await using var scene = await WorkerScene.StartAsync();
        var random = RandomSeed.Print(RandomSeed.First);
        var runs = new ConcurrentBag<int>();
        Map(
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
                $"the end of job {id}, seed {RandomSeed.First}",
                TimeSpan.FromMilliseconds(100),
                scene.EndOfAsync(id)
            );

        Assert.Equal(Enumerable.Range(0, 50), runs.Order());
    }

    [Fact]
    public async Task A_running_job_shows_when_it_started_as_it_does_after_its_end()
    {
        await using var scene = await WorkerScene.StartAsync();
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Map(
            scene,
            async (_, i, _) =>
            {
                await go.Task;
                return i;
            }
        );
        await scene.JoinAsync();
        var before = Instant.From(scene.Clock.GetUtcNow());
        var id = await scene.SubmitAsync("probe", """{"i":1}""");

        var running = await scene.AdvanceUntilAsync(
            "the start of the job",
            TimeSpan.FromMilliseconds(50),
            Server.Eventually.SeesAsync(
                "a running job that shows its start",
                async () => await GetJobAsync(scene, id) is { Started: not null } shown ? shown : null
            )
        );
        var shown = Headrace.Server.Jobs.JobView.Of(running);
        go.SetResult();
        var (row, _) = await scene.EndOfAsync(id);

        Assert.InRange(running.Started!.Value.Micros, before.Micros, Instant.From(scene.Clock.GetUtcNow()).Micros);
        Assert.Equal(running.Started.Value.ToDateTimeOffset(), shown.Started);
        // The loop of the worker and the attempt each take the time.
        var difference = row.Metrics!.Started - running.Started.Value;
        Assert.InRange(difference.Duration(), TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    private static async Task<JobRow?> GetJobAsync(WorkerScene scene, JobId id) =>
        await scene.SendAsync(new Command.GetJob(id, default)) is Response.Live live ? live.Job : null;

    [Fact]
    public async Task A_failed_attempt_is_retried()
    {
        await using var scene = await WorkerScene.StartAsync();
        Map(
            scene,
            (job, _, _) =>
                job.Attempt < 3 ? throw new IOException("not yet") : Task.FromResult<object?>($"attempt {job.Attempt}")
        );
        await scene.JoinAsync();

        var (row, result) = await scene.AdvanceUntilAsync(
            "the third attempt",
            TimeSpan.FromMilliseconds(250),
            scene.EndOfAsync(await scene.SubmitAsync("probe"))
        );

        Assert.Equal("attempt 3", result);
        var attempts = (await scene.ReadAsync(new RowKey.Attempts(row.Job.Id))).Cast<AttemptRow>().ToList();
        Assert.Equal(2, attempts.Count);
        Assert.All(attempts, attempt => Assert.EndsWith("not yet", attempt.Error!.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_result_above_the_limit_fails_its_job_as_too_large_and_the_next_job_runs()
    {
        await using var scene = await WorkerScene.StartAsync();
        Map(scene, (_, i, _) => Task.FromResult<object?>(new string('x', i)));
        await scene.JoinAsync();

        var large = await scene.EndOfAsync(await scene.SubmitAsync("probe", """{"i":1048577}"""));
        var small = await scene.EndOfAsync(await scene.SubmitAsync("probe", """{"i":1048576}"""));

        Assert.Equal((FailReason.TooLarge, ""), (large.Row.Reason, large.Result));
        Assert.Equal(1_048_576, small.Result.Length);
    }

    [Fact]
    public async Task The_jobs_of_a_crashed_worker_run_again_one_at_a_time_and_isolated()
    {
        await using var scene = await WorkerScene.StartAsync();
        using var stuck = new ManualResetEventSlim();
        var started = new CountdownEvent(2);
        var (now, most) = (0, 0);
        Map(
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
        // further messages from the worker instead.
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
