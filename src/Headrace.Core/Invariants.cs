using Headrace.Core.Dispatch;
using Headrace.Core.Feeds;
using Headrace.Core.Jobs;
using Headrace.Core.Queues;

namespace Headrace.Core;

/// <summary>
/// What must be true of a broker between any two commands. Tests and the simulation check it after every step, millions
/// of times, so it is written with plain loops;
/// production code never calls it.
/// </summary>
internal static class Invariants
{
    public static void Check(Broker broker)
    {
        var state = broker.State;
        var running = 0;
        var ready = 0;
        foreach (var job in state.Jobs.All)
        {
            Check(state, job);
            if (job.Now.State == JobState.Ready)
                ready++;
            if (job.Now.State == JobState.Running)
                running++;
        }
        foreach (var worker in state.Workers.All)
        {
            Check(worker);
            running -= worker.Rows.Count;
        }
        Hold(running == 0, "the running jobs and the leases of the workers differ in number");
        foreach (var queue in state.Queues.All)
            ready -= Check(state, queue);
        Hold(ready == 0, "the ready jobs and the jobs in lanes differ in number");
        Offers(state);
        Counts(state);
        foreach (var feed in state.Feeds.All)
            Check(state, feed);
    }

    private static void Check(BrokerState state, Job job)
    {
        ref readonly var now = ref job.Now;
        if (now.State.IsEnded() || now.State == JobState.None)
            Fail($"job {job.Id} is live in state {now.State.Word()}");
        if ((job.Lane is not null) != (now.State == JobState.Ready))
            Fail($"job {job.Id} is {now.State.Word()} and {(job.Lane is null ? "in no lane" : "in a lane")}");
        if (now.Wanted != Wanted.Nothing && now.State != JobState.Running)
            Fail($"job {job.Id} is wanted {now.Wanted.Word()} but {now.State.Word()}");
        if (now.ReservedBytes != 0 && now.State is not (JobState.Running or JobState.Ready))
            Fail($"job {job.Id} is {now.State.Word()} and reserves {now.ReservedBytes} bytes");
        if (now.State != JobState.Running)
            return;
        if (now.ReservedBytes <= 0)
            Fail($"job {job.Id} runs without a reservation");
        if (now.Attempt <= 0)
            Fail($"job {job.Id} runs without an attempt");
        if (state.Workers.Current(now.Holder)?.Rows.Contains(job) != true)
            Fail($"job {job.Id} runs on {now.Holder.Worker}, which does not hold it");
        if (state.Wanted.Contains(job) != (now.Wanted != Wanted.Nothing))
            Fail($"job {job.Id} is wanted {now.Wanted.Word()} and not listed so");
    }

    private static void Check(Worker worker)
    {
        foreach (var job in worker.Rows)
            if (job.Now.State != JobState.Running || job.Now.Holder != worker.Self)
                Fail(
                    $"worker {worker.Self.Worker} holds job {job.Id}, which is {job.Now.State.Word()} on {job.Now.Holder.Worker}"
                );
        // Capacity may shrink under what is held; what was granted must have fitted when it was granted.
        if (worker.Rows.Count > worker.GrantedWithin)
            Fail(
                $"worker {worker.Self.Worker} holds {worker.Rows.Count} leases over the capacity of {worker.GrantedWithin} they were granted within"
            );
        foreach (var suspect in worker.Suspects)
            if (!worker.Rows.Contains(suspect))
                Fail($"worker {worker.Self.Worker} runs job {suspect.Id} alone and does not hold it");
        if (worker.Silent && worker.Rows.Count > 0)
            Fail($"silent worker {worker.Self.Worker} holds {worker.Rows.Count} leases");
    }

    /// <summary>Checks a queue and its lanes; the answer is how many jobs its lanes hold.</summary>
    private static int Check(BrokerState state, Queue queue)
    {
        long jobs = 0,
            bytes = 0,
            reserved = 0;
        foreach (var job in state.Jobs.All)
        {
            if (job.Spec.Queue != queue.Name)
                continue;
            jobs++;
            bytes += job.Spec.InputBytes;
            reserved += job.Now.ReservedBytes;
        }
        if (queue.Jobs != jobs)
            Fail($"queue {queue.Name} counts {queue.Jobs} jobs and has {jobs}");
        if (queue.Bytes != bytes)
            Fail($"queue {queue.Name} counts {queue.Bytes} bytes and has {bytes}");
        if (queue.Reserved != reserved)
            Fail($"queue {queue.Name} counts {queue.Reserved} reserved bytes and has {reserved}");
        if (queue.Jobs > queue.MaxJobs || queue.Bytes > queue.MaxBytes)
            Fail($"queue {queue.Name} is over its bound");
        var ready = 0;
        foreach (var lane in queue.Lanes)
        {
            ready += lane.Count;
            Check(lane);
        }
        return ready;
    }

    private static void Check(Lane lane)
    {
        if ((lane.Count > 0) != lane.Method.Waiting.Contains(lane))
            Fail($"a lane of {lane.Method.Name} with {lane.Count} jobs is listed wrongly");
        if (lane.Waits.Count != lane.Count)
            Fail($"a lane of {lane.Method.Name} with {lane.Count} jobs counts the waits of {lane.Waits.Count}");
        Job? before = null;
        foreach (var job in lane.Line.Jobs)
        {
            if (!job.InLine || job.Lane != lane)
                Fail($"job {job.Id} does not know that it stands in line");
            if (job.Shuns is not null)
                Fail($"job {job.Id}, which a worker gave back, stands in line");
            if (before is not null && Lane.Before(job, before))
                Fail($"job {job.Id} stands behind a later one");
            before = job;
        }
        var heap = lane.Heap.Jobs;
        for (var i = 0; i < heap.Length; i++)
        {
            if (heap[i].Place != i || heap[i].InLine || heap[i].Lane != lane)
                Fail($"job {heap[i].Id} does not know its place {i}");
            if (i > 0 && Lane.Before(heap[i], heap[(i - 1) / 2]))
                Fail($"job {heap[i].Id} lies below a later one");
        }
    }

    private static void Check(BrokerState state, Feed feed)
    {
        var before = feed.Start - 2;
        foreach (var span in feed.Given.All)
        {
            if (span.From <= before + 1 || span.To < span.From || span.To >= state.NextFinish)
                Fail(
                    $"the feed '{feed.Name}' was given {span.From} to {span.To} after {before}, and {state.NextFinish} is the next end"
                );
            before = span.To;
        }
    }

    private static void Offers(BrokerState state)
    {
        foreach (var method in state.Methods.All)
        {
            foreach (var version in method.Versions)
            {
                var offered = 0;
                foreach (var worker in state.Workers.All)
                    if (!worker.Silent && worker.Offers.Contains((method, version.Number)))
                        offered++;
                if (version.Offered != offered)
                    Fail($"{method.Name}@{version.Number} counts {version.Offered} offers and has {offered}");
            }
        }
    }

    private static void Counts(BrokerState state)
    {
        foreach (var counter in state.Counters.All())
        {
            if (counter.Jobs < 0 || counter.InputBytes < 0)
                Fail($"a counter of {counter.Queue} fell below zero");
            if (counter.State.IsEnded())
                continue;
            var jobs = 0L;
            foreach (var job in state.Jobs.All)
                if (
                    job.Now.State == counter.State
                    && job.Spec.Queue == counter.Queue
                    && job.Spec.Method == counter.Method
                )
                    jobs++;
            if (counter.Jobs != jobs)
                Fail(
                    $"{counter.Queue}/{counter.Method} counts {counter.Jobs} {counter.State.Word()} jobs and has {jobs}"
                );
        }
    }

    private static void Hold(bool holds, string otherwise)
    {
        if (!holds)
            Fail(otherwise);
    }

    private static void Fail(string what) => throw new InvalidOperationException($"Invariant broken: {what}.");
}
