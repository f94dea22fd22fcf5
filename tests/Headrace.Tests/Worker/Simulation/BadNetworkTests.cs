using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Tests.Core;
using Headrace.Tests.Support;
using Headrace.Worker.Leases;
using Xunit;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;

namespace Headrace.Tests.Worker.Simulation;

/// <summary>
/// Runs the production worker state machine against the production broker. Random schedules contain lost, late and
/// reordered messages, cancellations, drains and server restarts.
/// </summary>
public sealed class BadNetworkTests
{
    private const int Schedules = 150;
    private const int Steps = 400;

    [Fact]
    public void On_an_unreliable_network_every_job_ends_and_no_successful_job_runs_again()
    {
        var first = RandomSeed.First;
        TestContext.Current.TestOutputHelper!.WriteLine($"seeds {first} to {first + Schedules - 1}");
        var prefetched = (Started: 0, Recalled: 0);
        for (var seed = first; seed < first + Schedules; seed++)
        {
            try
            {
                var (started, recalled) = Run(seed);
                prefetched = (prefetched.Started + started, prefetched.Recalled + recalled);
            }
            catch (Exception failed)
            {
                throw new InvalidOperationException($"Seed {seed}: {failed.Message}", failed);
            }
        }
        TestContext.Current.TestOutputHelper!.WriteLine($"jobs assigned in advance: {prefetched}");
        Assert.True(
            prefetched.Started > Schedules && prefetched.Recalled > Schedules / 10,
            $"Too few prefetched jobs were started or recalled: {prefetched}."
        );
    }

    private static (int Started, int Recalled) Run(int seed)
    {
        var random = new Random(seed);
        var scene = new BrokerScene();
        // The wire format allows only store ids with 32 digits.
        scene.Broker.State.Store = new StoreId(new string('a', 32));
        HashSet<JobId> succeeded = [];
        // In every second schedule, methods are so short that their jobs are assigned in advance.
        TimeSpan? took = seed % 2 == 0 ? TimeSpan.FromMicroseconds(50) : null;
        List<SimulatedWorker> workers =
        [
            new(scene, succeeded, 1, slots: 1 + random.Next(3), took),
            new(scene, succeeded, 2, slots: 1 + random.Next(3), took),
        ];
        // In every third schedule, the second worker is drained halfway through, and the first worker must complete the
        // remaining jobs.
        var drainAt = seed % 3 == 0 ? random.Next(Steps) : Steps;
        var jobs = new List<JobId>();
        foreach (var worker in workers)
            worker.Wake();
        // Both workers join over a reliable network, so that their method is known before jobs are submitted.
        RunReliably(scene, workers, random, steps: 20);

        for (var step = 0; step < Steps; step++)
        {
            if (step == drainAt)
                workers[1].Handle(new WorkerEvent.DrainRequested("The schedule requests a drain."));
            Step(scene, workers, jobs, random);
        }
        RunToEnd(scene, workers, jobs, random);

        Assert.Null(workers[0].Exited);
        Assert.Equal(drainAt < Steps ? "Drained." : null, workers[1].Exited?.Reason);
        var attempts = workers.SelectMany(w => w.Started).ToList();
        Assert.Equal(attempts.Count, attempts.Distinct().Count());
        return (workers.Sum(w => w.Prefetched.Started), workers.Sum(w => w.Prefetched.Recalled));
    }

    private static void Step(BrokerScene scene, List<SimulatedWorker> workers, List<JobId> jobs, Random random)
    {
        var worker = workers[random.Next(workers.Count)];
        switch (random.Next(120) == 0 ? -1 : random.Next(12))
        {
            case -1:
                scene.Restart();
                foreach (var each in workers)
                    each.OnServerCrashed();
                break;
            case 0 or 1:
                jobs.Add(scene.Submit());
                break;
            case 2 when jobs.Count > 0:
                scene.Do(new Command.Cancel(jobs[random.Next(jobs.Count)]));
                break;
            case 3 or 4 when worker.Running.Count > 0:
                worker.End(random.Next(worker.Running.Count), random.Next(4) == 0 ? Kind.Failed : Kind.Succeeded);
                break;
            case 5 or 6 or 7:
                worker.Request(random, lost: random.Next(5) == 0);
                break;
            case 8 or 9:
                worker.Reply(random, lost: random.Next(5) == 0);
                break;
            default:
                // The time between two messages is always shorter than a lease, because other tests cover lease expiry.
                Advance(scene, workers, TimeSpan.FromMilliseconds(random.Next(60)));
                break;
        }
        foreach (var other in workers)
        {
            other.Collect();
            if (random.Next(3) == 0)
                other.StartAssigned();
            other.Wake();
        }
    }

    /// <summary>Continues over a reliable network. Methods return, time advances, and every job must end.</summary>
    private static void RunToEnd(BrokerScene scene, List<SimulatedWorker> workers, List<JobId> jobs, Random random)
    {
        for (var round = 0; round < 20_000; round++)
        {
            if (!jobs.Any(scene.IsLive) && workers.TrueForAll(w => !w.Draining || w.Exited is not null))
                return;
            foreach (var worker in workers)
            {
                if (worker.Running.Count > 0)
                    worker.End(0, Kind.Succeeded);
                worker.StartAssigned();
            }
            RunReliably(scene, workers, random, steps: 1);
            if (round % 4 == 0)
                Advance(scene, workers, TimeSpan.FromMilliseconds(250));
        }
        Assert.True(jobs.Any(scene.IsLive), "The drained worker did not exit.");
        var job = scene.Job(jobs.First(scene.IsLive));
        Assert.Fail(
            $"Job {job.Id} did not end: it is {job.Status.State}, attempt {job.Status.Attempt}, held by "
                + $"{job.Status.Holder.Worker}."
        );
    }

    private static void Advance(BrokerScene scene, List<SimulatedWorker> workers, TimeSpan span)
    {
        scene.AdvanceAndTick(span);
        foreach (var worker in workers)
            worker.Elapsed += span;
    }

    private static void RunReliably(BrokerScene scene, List<SimulatedWorker> workers, Random random, int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            foreach (var worker in workers)
            {
                worker.Request(random, lost: false);
                worker.Collect();
                worker.Reply(random, lost: false);
                worker.Wake();
            }
        }
    }
}
