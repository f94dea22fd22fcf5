using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Scaling;
using Headrace.Protocol.Json;
using Headrace.Server.Pools;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Headrace.Tests.Server.Pools;

/// <summary>Tests the scaling loop with a real server and a provider that only keeps a list of workers.</summary>
public sealed class ScalerTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private readonly List<PoolEventReply> _announced = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Only_one_worker_is_started_until_it_has_joined_however_often_the_scaler_runs()
    {
        await using var scene = await ServerScene.StartAsync();
        var (pool, provider, scaler) = Make(
            scene,
            new ScalingPolicy { UpAfter = TimeSpan.Zero, IdleAfter = TimeSpan.FromHours(1) }
        );
        await IntroduceAsync(scene);
        await scene.SubmitAsync();
        await Eventually.SeesAsync(
            "the job to have waited",
            async () =>
                (await scene.SendAsync(new Command.ListDemand()))
                    is Response.Demand { Lanes: [{ Oldest.Ticks: > 0 }] } demand
                    ? demand
                    : null
        );

        for (var look = 0; look < 3; look++)
            await scaler.RunOnceAsync(Lease, Stop);

        Assert.Single(provider.Workers);
        var notes = pool.History.Latest(10, changesOnly: false);
        Assert.Equal([0, 0, 1], notes.Select(note => note.Started));
        Assert.Contains("A worker in pool 'a' has been starting", notes[0].Reason.Detail, StringComparison.Ordinal);
        Assert.Equal(notes[^1], Assert.Single(pool.History.Latest(10, changesOnly: true)));
        var scaled = Assert.Single(_announced);
        Assert.Equal(("a", "scaled", 0, 1), (scaled.Name, scaled.Change, scaled.Workers, scaled.Starting));
        Assert.Equal(notes[^1].Reason.Public, scaled.Reason);
    }

    [Fact]
    public async Task An_idle_worker_is_drained_and_gets_no_more_jobs()
    {
        await using var scene = await ServerScene.StartAsync();
        var (pool, provider, scaler) = Make(scene, new ScalingPolicy { IdleAfter = TimeSpan.FromTicks(1) });
        var worker = scene.Worker("w1", incarnation: 7);
        worker.Pool = "a";
        await worker.SendAsync(worker.Next());
        provider.Workers.Add(
            new ProvidedWorker(
                1,
                new LeaseHolder(new WorkerName("w1"), new Incarnation(7)),
                ProvidedState.Started,
                default,
                null,
                null
            )
        );

        await scaler.RunOnceAsync(Lease, Stop);
        await scene.SubmitAsync();
        var told = await worker.SendAsync(worker.Next(waitSeconds: 5));

        Assert.True(told.Drain);
        Assert.Empty(told.Leases);
        Assert.Empty(provider.Workers);
        Assert.Equal(["w1"], pool.History.Latest(1, changesOnly: true)[0].Drained);
        Assert.Equal(["w1"], Assert.Single(_announced).Draining);
    }

    [Fact]
    public async Task A_worker_that_got_work_after_the_check_is_not_drained()
    {
        await using var scene = await ServerScene.StartAsync();
        // The worker cannot have been idle for an hour, so the server rejects the drain, just as it rejects a drain
        // that is based on an outdated check.
        var (pool, provider, scaler) = Make(scene, new ScalingPolicy { Max = 3 });
        var worker = scene.Worker("w1", incarnation: 7);
        await worker.SendAsync(worker.Next());
        provider.Workers.Add(
            new ProvidedWorker(
                1,
                new LeaseHolder(new WorkerName("w1"), new Incarnation(7)),
                ProvidedState.Started,
                default,
                null,
                null
            )
        );

        await scaler.RunOnceAsync(Lease, Stop);
        var refused = await scene.SendAsync(
            new Command.Drain(new LeaseHolder(new WorkerName("w1"), new Incarnation(7)), TimeSpan.FromHours(1))
        );
        var reply = await worker.SendAsync(worker.Next());

        Assert.IsType<Response.Rejected>(refused);
        Assert.False(reply.Drain);
        Assert.Single(provider.Workers);
        Assert.False(pool.History.Latest(1, changesOnly: false)[0].IsChange);
    }

    [Fact]
    public async Task An_idle_worker_that_does_not_offer_the_waiting_method_is_not_counted()
    {
        await using var scene = await ServerScene.StartAsync();
        var provider = new ListedWorkers();
        // After a restart, the pool is configured for another method. The worker left over from the previous server
        // offers only echo.
        var pool = new ManagedPool(
            new PoolDefinition(
                "a",
                ["other"],
                new ScalingPolicy { UpAfter = TimeSpan.Zero, IdleAfter = TimeSpan.FromTicks(1) }
            ),
            provider,
            new PoolMethods(null)
        );
        var worker = scene.Worker("w1", incarnation: 7);
        worker.Pool = "a";
        await worker.SendAsync(worker.Next());
        var scaler = new Scaler(
            [pool],
            scene.Server.Router,
            TimeSpan.FromSeconds(15),
            TimeProvider.System,
            _announced.Add,
            NullLogger<Scaler>.Instance
        );
        provider.Workers.Add(
            new ProvidedWorker(
                1,
                new LeaseHolder(new WorkerName("w1"), new Incarnation(7)),
                ProvidedState.Started,
                default,
                null,
                null
            )
        );
        await SubmitWaitingJobAsync(scene);

        await scaler.RunOnceAsync(Lease, Stop);

        Assert.Equal(1, pool.History.Latest(1, changesOnly: false)[0].Started);
    }

    [Fact]
    public async Task A_full_pool_keeps_its_workers_when_the_newest_does_not_offer_what_waits_either()
    {
        await using var scene = await ServerScene.StartAsync();
        var (pool, provider, scaler) = Make(
            scene,
            new ScalingPolicy
            {
                Min = 1,
                Max = 1,
                UpAfter = TimeSpan.Zero,
                IdleAfter = TimeSpan.FromTicks(1),
            },
            methods: []
        );
        var worker = scene.Worker("w1", incarnation: 7);
        worker.Pool = "a";
        await worker.SendAsync(worker.Next());
        var self = new LeaseHolder(new WorkerName("w1"), new Incarnation(7));
        provider.Workers.Add(new ProvidedWorker(1, self, ProvidedState.Started, default, null, null));
        await SubmitWaitingJobAsync(scene);

        await scaler.RunOnceAsync(Lease, Stop);

        var decision = pool.History.Latest(1, changesOnly: false)[0];
        Assert.False(decision.IsChange);
        Assert.Contains("would not offer the method", decision.Reason.Detail, StringComparison.Ordinal);
        Assert.Single(provider.Workers);
    }

    private (ManagedPool Pool, ListedWorkers Provider, Scaler Scaler) Make(
        ServerScene scene,
        ScalingPolicy policy,
        IReadOnlyList<string>? methods = null
    )
    {
        var provider = new ListedWorkers();
        var pool = new ManagedPool(
            new PoolDefinition("a", methods ?? ["echo"], policy),
            provider,
            new PoolMethods(null)
        );
        return (
            pool,
            provider,
            new Scaler(
                [pool],
                scene.Server.Router,
                TimeSpan.FromSeconds(15),
                TimeProvider.System,
                _announced.Add,
                NullLogger<Scaler>.Instance
            )
        );
    }

    private static Task<Response> IntroduceAsync(ServerScene scene) =>
        scene.SendAsync(new Command.RegisterMethods([new Offer(new MethodName("echo"), 1, WireWorker.EchoSchema)]));

    private sealed class ListedWorkers : IWorkerProvider
    {
        public List<ProvidedWorker> Workers { get; } = [];

        public string Kind => "a list";

        public IReadOnlyList<ProvidedWorker> List() => [.. Workers];

        public Task StartAsync(CancellationToken cancellationToken)
        {
            Workers.Add(new ProvidedWorker(Workers.Count, null, ProvidedState.Started, default, null, null));
            return Task.CompletedTask;
        }

        public Task StopAsync(ProvidedWorker worker, CancellationToken cancellationToken)
        {
            Workers.RemoveAll(other => other.Place == worker.Place);
            return Task.CompletedTask;
        }
    }

    /// <summary>Submits a job for a method that no worker offers, and waits until it counts as demand.</summary>
    private static async Task SubmitWaitingJobAsync(ServerScene scene)
    {
        await scene.SendAsync(
            new Command.RegisterMethods([new Offer(new MethodName("other"), 1, WireWorker.EchoSchema)])
        );
        await scene.SubmitAsync("other");
        await Eventually.SeesAsync(
            "the job to have waited",
            async () =>
                (await scene.SendAsync(new Command.ListDemand()))
                    is Response.Demand { Lanes: [{ Oldest.Ticks: > 0 }] } demand
                    ? demand
                    : null
        );
    }
}
