using Headrace.Core;
using Headrace.Core.Scaling;
using Headrace.Tests.Support;
using Xunit;

namespace Headrace.Tests.Core.Scaling;

/// <summary>
/// Runs the scaling rule with random arrivals, service times, and slow and failing starts. The pool must never flap or
/// exceed its bounds, and it must eventually serve all work.
/// </summary>
public sealed class FlappingTests
{
    public static TheoryData<int> Seeds => RandomSeed.Take(13);

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_pool_never_flaps_and_never_leaves_work_waiting_that_it_could_run(int seed)
    {
        var world = new FakePools(RandomSeed.Print(seed));

        for (var second = 0; second < 5_000; second++)
            world.Advance();

        Assert.True(
            world.Starts > 0 && world.Ended > 0,
            $"Seed {seed} covers too little: {world.Starts} workers started and {world.Ended} jobs ended."
        );
    }
}

/// <summary>Simulates jobs, workers and pools second by second, and asserts the invariants at each step.</summary>
internal sealed class FakePools
{
    private static readonly QueueName Queue = new("q");
    private static readonly MethodName[] AllMethods = [new("m0"), new("m1")];

    private readonly Random _random;
    private readonly List<Pool> _pools = [];
    private readonly List<(MethodName Method, int Since, int Takes)> _waiting = [];
    private readonly int _check;
    private readonly double _rate;
    private int _now;

    public FakePools(Random random)
    {
        _random = random;
        _check = random.Next(1, 20);
        _rate = random.NextDouble() * 0.4;
        for (var i = 0; i < random.Next(1, 4); i++)
        {
            var min = random.Next(5) == 0 ? 1 : 0;
            var policy = new ScalingPolicy
            {
                Min = min,
                Max = min + random.Next(1, 4),
                UpAfter = TimeSpan.FromSeconds(random.Next(2, 30)),
                IdleAfter = TimeSpan.FromSeconds(random.Next(20, 700)),
                StartTimeout = TimeSpan.FromSeconds(60),
            };
            _pools.Add(
                new Pool(
                    $"p{i}",
                    i == 0 ? [] : [AllMethods[random.Next(2)]],
                    policy,
                    random.Next(20),
                    random.Next(3) == 0 ? 0.5 : 0
                )
            );
        }
    }

    public int Starts { get; private set; }

    public int Ended { get; private set; }

    public void Advance()
    {
        _now++;
        Arrive();
        foreach (var pool in _pools)
            foreach (var worker in pool.Workers.ToList())
                Update(pool, worker);
        Claim();
        if (_now % _check == 0)
            Check();
    }

    private void Arrive()
    {
        // Alternates between bursts and long idle periods.
        var rate = _now / 1_500 % 3 == 2 ? 0 : _rate;
        if (_random.NextDouble() < rate)
            _waiting.Add((AllMethods[_random.Next(2)], _now, _random.Next(1, 60)));
    }

    private void Update(Pool pool, Worker worker)
    {
        if (worker.JoinsAt == _now)
        {
            if (_random.NextDouble() < pool.FailureRate)
                (worker.HasFailed, worker.JoinsAt) = (true, _now + _random.Next(1, 30));
            else
                (worker.HasJoined, worker.IdleSince) = (true, _now);
        }
        if (worker.BusyUntil == _now)
        {
            (worker.BusyUntil, worker.IdleSince) = (0, _now);
            Ended++;
        }
        if (worker is { IsStopping: true, BusyUntil: 0 })
            pool.Workers.Remove(worker);
    }

    private void Claim()
    {
        foreach (var job in _waiting.ToList())
        {
            var worker = _pools
                .Where(pool => pool.View(_now).Serves(job.Method))
                .SelectMany(pool => pool.Workers)
                .FirstOrDefault(worker => worker is { HasJoined: true, BusyUntil: 0, IsStopping: false });
            if (worker is null)
                continue;
            worker.BusyUntil = _now + job.Takes;
            _waiting.Remove(job);
        }
    }

    private void Check()
    {
        var demand = _waiting
            .GroupBy(job => job.Method)
            .Select(lane => new DemandView(
                Queue,
                new MethodRef(lane.Key, 0),
                lane.Count(),
                TimeSpan.FromSeconds(_now - lane.Min(job => job.Since))
            ))
            .ToList();
        var views = _pools.Select(pool => pool.View(_now)).ToList();
        foreach (var (pool, view, decision) in _pools.Zip(views, ScalingRule.Decide(views, demand, null)).ToList())
        {
            Assert.NotEqual("", decision.Reason.Detail);
            Assert.False(decision is { Start: > 0, Drain.Count: > 0 });
            if (decision.Start > 0)
                Start(pool, decision);
            foreach (var member in decision.Drain.Select(i => pool.Workers[i]).ToList())
                Drain(pool, member);
            AssertServed(pool, view, demand, decision);
        }
    }

    private void Start(Pool pool, ScalingAction decision)
    {
        // A pool below its minimum is filled regardless of earlier decisions.
        if (pool.Workers.Count >= pool.Policy.Min)
            Assert.True(
                _now - pool.DrainedAt >= pool.Policy.UpAfter.TotalSeconds,
                $"{pool.Name} drained at {pool.DrainedAt} and starts at {_now}: {decision.Reason}"
            );
        for (var i = 0; i < decision.Start; i++)
            pool.Workers.Add(new Worker { RequestedAt = _now, JoinsAt = _now + 1 + _random.Next(pool.Latency + 1) });
        Assert.True(
            pool.Workers.Count <= pool.Policy.Max,
            $"{pool.Name} has {pool.Workers.Count} workers, the maximum is {pool.Policy.Max}"
        );
        pool.StartedAt = _now;
        Starts += decision.Start;
    }

    private void Drain(Pool pool, Worker worker)
    {
        Assert.True(worker is { BusyUntil: 0, IsStopping: false }, "A busy worker must not be drained.");
        Assert.True(
            _now - pool.StartedAt >= pool.Policy.IdleAfter.TotalSeconds,
            $"{pool.Name} started at {pool.StartedAt} and drains at {_now}"
        );
        worker.IsStopping = true;
        Assert.True(pool.Workers.Count(w => !w.IsStopping) >= pool.Policy.Min);
        pool.DrainedAt = _now;
    }

    /// <summary>
    /// Asserts that a job that has been waiting too long is being served, or that a worker that can run it is running
    /// or starting.
    /// </summary>
    private void AssertServed(Pool pool, PoolView view, List<DemandView> demand, ScalingAction decision)
    {
        var overdue = demand.Where(lane => view.Serves(lane.Method.Name) && lane.Oldest > pool.Policy.UpAfter).ToList();
        if (overdue.Count == 0 || decision.Start > 0 || view.Members.Count >= pool.Policy.Max)
            return;
        var others = _pools
            .Where(other => overdue.Any(lane => other.View(_now).Serves(lane.Method.Name)))
            .SelectMany(other => other.View(_now).Members);
        Assert.Contains(
            others,
            member => member.State is MemberState.Starting or MemberState.Failing or MemberState.Idle
        );
    }

    private sealed class Pool(
        string name,
        IReadOnlyList<MethodName> methods,
        ScalingPolicy policy,
        int latency,
        double failureRate
    )
    {
        public string Name { get; } = name;

        public ScalingPolicy Policy { get; } = policy;

        public int Latency { get; } = latency;

        public double FailureRate { get; } = failureRate;

        public List<Worker> Workers { get; } = [];

        public int StartedAt { get; set; } = -1_000_000;

        public int DrainedAt { get; set; } = -1_000_000;

        // In half of the pools, each worker is known to have one slot, so several workers are started for several jobs.
        public PoolView View(int now) =>
            new(Name, methods, Policy, [.. Workers.Select(worker => worker.View(now))])
            {
                NewWorkerSlots = Name is "p0" or "p2" ? 1 : null,
            };
    }

    private sealed class Worker
    {
        public int RequestedAt { get; init; }

        public int JoinsAt { get; set; }

        public bool HasJoined { get; set; }

        public bool HasFailed { get; set; }

        public int BusyUntil { get; set; }

        public int IdleSince { get; set; }

        public bool IsStopping { get; set; }

        public MemberView View(int now) =>
            this switch
            {
                { IsStopping: true } => new(MemberState.Leaving, default),
                { HasJoined: false } => new(
                    HasFailed ? MemberState.Failing : MemberState.Starting,
                    TimeSpan.FromSeconds(now - RequestedAt)
                ),
                { BusyUntil: > 0 } => new(MemberState.Busy, default),
                _ => new(MemberState.Idle, TimeSpan.FromSeconds(now - IdleSince)),
            };
    }
}
