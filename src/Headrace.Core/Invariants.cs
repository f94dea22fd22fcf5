using Headrace.Core.Jobs;
using Headrace.Core.Queues;

namespace Headrace.Core;

/// <summary>What must be true of a broker between any two commands. Tests and the simulation check it after every step; production code never calls it.</summary>
internal static class Invariants
{
    public static void Check(Broker broker)
    {
        var state = broker.State;
        var running = 0;
        var ready = 0;
        foreach (var job in state.Jobs.All)
        {
            Hold(!job.Now.State.IsEnded() && job.Now.State != JobState.None, $"job {job.Id} is live in state {job.Now.State.Word()}");
            Hold((job.Lane is not null) == (job.Now.State == JobState.Ready), $"job {job.Id} is {job.Now.State.Word()} and {(job.Lane is null ? "in no lane" : "in a lane")}");
            Hold(job.Now.Wanted == Wanted.Nothing || job.Now.State == JobState.Running, $"job {job.Id} is wanted {job.Now.Wanted.Word()} but {job.Now.State.Word()}");
            Hold(job.Now.ReservedBytes > 0 || job.Now.State != JobState.Running, $"job {job.Id} runs without a reservation");
            Hold(job.Now.ReservedBytes == 0 || job.Now.State is JobState.Running or JobState.Ready, $"job {job.Id} is {job.Now.State.Word()} and reserves {job.Now.ReservedBytes} bytes");
            if (job.Now.State == JobState.Ready) ready++;
            if (job.Now.State != JobState.Running) continue;
            running++;
            Hold(job.Now.Attempt > 0, $"job {job.Id} runs without an attempt");
            Hold(state.Workers.Current(job.Now.Holder)?.Rows.Contains(job) == true, $"job {job.Id} runs on {job.Now.Holder.Worker}, which does not hold it");
            Hold(state.Wanted.Contains(job) == (job.Now.Wanted != Wanted.Nothing), $"job {job.Id} is wanted {job.Now.Wanted.Word()} and not listed so");
        }
        Workers(state, running);
        Queues(state, ready);
        Counts(state);
    }

    private static void Workers(BrokerState state, int running)
    {
        foreach (var worker in state.Workers.All)
        {
            foreach (var job in worker.Rows) Hold(job.Now.State == JobState.Running && job.Now.Holder == worker.Self, $"worker {worker.Self.Worker} holds job {job.Id}, which is {job.Now.State.Word()} on {job.Now.Holder.Worker}");
            Hold(worker.Slots == 0 || worker.Rows.Count <= worker.Slots + worker.Prefetch || worker.Credit <= 0, $"worker {worker.Self.Worker} holds {worker.Rows.Count} leases over its capacity {worker.Slots}+{worker.Prefetch}");
            Hold(worker.Alone is null || worker.Rows.Contains(worker.Alone), $"worker {worker.Self.Worker} runs job {worker.Alone?.Id} alone and does not hold it");
            Hold(!worker.Silent || worker.Rows.Count == 0, $"silent worker {worker.Self.Worker} holds {worker.Rows.Count} leases");
            running -= worker.Rows.Count;
        }
        Hold(running == 0, $"{running} running jobs are held by no worker");
        foreach (var worker in state.Workers.Open) Hold(worker.Open is not null, $"worker {worker.Self.Worker} is listed as parked and has no open exchange");
        foreach (var method in state.Methods.All)
            foreach (var version in method.Versions)
                Hold(version.Offered == state.Workers.All.Count(w => !w.Silent && w.Offers.Contains((method, version.Number))), $"{method.Name}@{version.Number} counts {version.Offered} offers");
    }

    private static void Queues(BrokerState state, int ready)
    {
        var live = state.Jobs.All.ToLookup(job => job.Spec.Queue);
        foreach (var queue in state.Queues.All)
        {
            var jobs = live[queue.Name].ToList();
            Hold(queue.Jobs == jobs.Count, $"queue {queue.Name} counts {queue.Jobs} jobs and has {jobs.Count}");
            Hold(queue.Bytes == jobs.Sum(j => j.Spec.InputBytes), $"queue {queue.Name} counts {queue.Bytes} bytes");
            Hold(queue.Reserved == jobs.Sum(j => j.Now.ReservedBytes), $"queue {queue.Name} counts {queue.Reserved} reserved bytes");
            Hold(queue.Jobs <= queue.MaxJobs && queue.Bytes <= queue.MaxBytes, $"queue {queue.Name} is over its bound");
            foreach (var lane in queue.Lanes)
            {
                ready -= lane.Count;
                Heap(lane);
                Hold((lane.Count > 0) == lane.Method.Waiting.Contains(lane), $"a lane of {lane.Method.Name} with {lane.Count} jobs is listed wrongly");
            }
        }
        Hold(ready == 0, $"{ready} ready jobs lie in no lane");
    }

    private static void Heap(Lane lane)
    {
        var heap = lane.Jobs;
        for (var i = 0; i < heap.Length; i++)
        {
            Hold(heap[i].Place == i && heap[i].Lane == lane, $"job {heap[i].Id} does not know its place {i}");
            Hold(i == 0 || !Lane.Before(heap[i], heap[(i - 1) / 2]), $"job {heap[i].Id} lies below a later one");
        }
    }

    private static void Counts(BrokerState state)
    {
        var live = state.Jobs.All.GroupBy(j => (j.Spec.Queue, j.Spec.Method, j.Now.State)).ToDictionary(g => g.Key, g => (Jobs: (long)g.Count(), Bytes: g.Sum(j => j.Spec.InputBytes)));
        foreach (var counter in state.Counters.All())
        {
            Hold(counter is { Jobs: >= 0, InputBytes: >= 0 }, $"a counter of {counter.Queue} fell below zero");
            if (counter.State.IsEnded()) continue;
            var (jobs, bytes) = live.GetValueOrDefault((counter.Queue, counter.Method, counter.State));
            Hold(counter.Jobs == jobs && counter.InputBytes == bytes, $"{counter.Queue}/{counter.Method} counts {counter.Jobs} {counter.State.Word()} jobs and has {jobs}");
        }
    }

    private static void Hold(bool holds, string otherwise)
    {
        if (!holds) throw new InvalidOperationException($"Invariant broken: {otherwise}.");
    }
}
