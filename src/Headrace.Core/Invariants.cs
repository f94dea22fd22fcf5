using Headrace.Core.Dispatch;
using Headrace.Core.Feeds;
using Headrace.Core.Jobs;
using Headrace.Core.Messages;
using Headrace.Core.Queues;
using Headrace.Core.Registry;

namespace Headrace.Core;

/// <summary>
/// Conditions that must hold for a broker between any two commands. Tests and the simulation check them after every
/// step, millions of times, so the code uses plain loops. Production code never runs these checks.
/// </summary>
internal static partial class Invariants
{
    public static void Check(Broker broker)
    {
        var state = broker.State;
        var running = 0;
        var ready = 0;
        var (resident, input) = (0L, 0L);
        var suspects = 0;
        foreach (var job in state.Jobs.All)
        {
            Check(state, job);
            resident += job.Spec.ResidentBytes;
            input += job.Spec.InputBytes;
            if (job.Status.State == JobState.Ready)
                ready++;
            if (job.Status is { State: JobState.Ready, Isolated: true })
                suspects++;
            if (job.Status.State == JobState.Running)
                running++;
        }
        Require(
            state.Jobs.Owners.Total == (state.Jobs.Count, input),
            "the jobs and bytes counted for the owners differ from those of the jobs"
        );
        Require(resident == state.Jobs.ResidentBytes, "the count of resident bytes differs from that of the jobs");
        foreach (var worker in state.Workers.All)
        {
            Check(state, worker);
            running -= worker.HeldJobs.Count;
        }
        running -= state.Messages.HeldCount;
        Require(running == 0, "the number of running jobs differs from the number of leases");
        Require(suspects == state.Ready.Suspects, "the number of ready suspects differs from their count");
        foreach (var job in state.Ready.Groups.Jobs)
            Require(
                job.Status is { State: JobState.Ready, Isolated: true },
                $"job {job.Id} is in a group of suspects but is not a ready suspect"
            );
        var used = 0;
        foreach (var queue in state.Queues.All)
        {
            ready -= Check(state, queue);
            used += queue.Jobs > 0 ? 1 : 0;
        }
        Require(ready == 0, "the number of ready jobs differs from the number of jobs in lanes");
        Require(used == state.Queues.InUse, "the number of queues with jobs differs from their count");
        Offers(state);
        Reservations(state);
        Counts(state);
        if (RegistryInvariants.FindViolation(state.Registry) is { } violation)
            Fail(violation);
        foreach (var feed in state.Feeds.All)
            if (FeedInvariants.FindViolation(feed, state.NextCompletion) is { } fault)
                Fail(fault);
    }

    private static void Check(BrokerState state, Job job)
    {
        ref readonly var now = ref job.Status;
        if (now.State.IsEnded() || now.State == JobState.None)
            Fail($"job {job.Id} is in memory in state {now.State.ToWireName()}");
        if ((job.Lane is not null) != (now.State == JobState.Ready))
            Fail($"job {job.Id} is {now.State.ToWireName()} and {(job.Lane is null ? "in no lane" : "in a lane")}");
        if (now.StopRequest != StopReason.None && now.State != JobState.Running)
            Fail($"job {job.Id} has a stop request ({now.StopRequest.ToWireName()}) but is {now.State.ToWireName()}");
        if (now.ReservedBytes != 0 && now.State != JobState.Running)
            Fail($"job {job.Id} is {now.State.ToWireName()} but reserves {now.ReservedBytes} bytes");
        if (job.Spec.Params.Length > Limits.ResidentParamsBytes)
            Fail($"job {job.Id} keeps {job.Spec.Params.Length} bytes of params in memory");
        if (job.RetainedLease is not null && now.State != JobState.Ready)
            Fail($"job {job.Id} is {now.State.ToWireName()} but has a retained lease");
        if (now.State == JobState.Blocked)
            CheckChild(state, job);
        if (now.State != JobState.Running)
            return;
        if (job.RunningAttempt?.Children is { } children)
            foreach (var child in children.Waiting())
                if (child.Status.State != JobState.Blocked || child.Spec.Parent?.Lease != job.Lease)
                    Fail($"job {child.Id} is {child.Status.State.ToWireName()} but waits for attempt {job.Lease}");
        if (now.ReservedBytes <= 0)
            Fail($"job {job.Id} is running without a reservation");
        if (now.Attempt <= 0)
            Fail($"job {job.Id} is running without an attempt number");
        if (job.IsMessage() && !state.Messages.IsHeld(job, now.Attempt))
            Fail($"message {job.Id} is running but no client holds it");
        if (!job.IsMessage() && state.Workers.Current(now.Holder)?.HeldJobs.Contains(job) != true)
            Fail($"job {job.Id} is running on {now.Holder.Worker}, which does not hold it");
        if (state.StopRequested.Contains(job) != (now.StopRequest != StopReason.None))
            Fail(
                $"job {job.Id} has the stop request '{now.StopRequest.ToWireName()}', which does not match "
                    + "the index of "
                    + "stop requests"
            );
    }

    private static void Check(BrokerState state, Worker worker)
    {
        var (children, bytes) = worker.WaitingChildren;
        if (children > Limits.ChildrenPerWorker || bytes > Limits.ChildBytesPerWorker)
            Fail($"{children} children of {bytes} bytes wait for worker {worker.Identity.Worker}, above the limit");
        var retained = 0;
        foreach (var job in state.Jobs.All)
            if (job.RetainedLease?.Holder == worker.Identity)
                retained++;
        if (retained != worker.RetainedLeases)
            Fail($"worker {worker.Identity.Worker} counts {worker.RetainedLeases} retained leases but has {retained}");
        if ((worker.Phase == WorkerPhase.Terminating) != (worker.TerminateReason is not null))
            Fail($"worker {worker.Identity.Worker} is {worker.Phase} with the reason '{worker.TerminateReason}'");
        foreach (var job in worker.HeldJobs)
            if (job.Status.State != JobState.Running || job.Status.Holder != worker.Identity)
                Fail(
                    $"worker {worker.Identity.Worker} holds job {job.Id}, which is {job.Status.State.ToWireName()} on "
                        + $"{job.Status.Holder.Worker}"
                );
        var slots = 0;
        foreach (var job in worker.HeldJobs)
            slots += job.RunningAttempt?.Slots ?? 1;
        if (slots != worker.OccupiedSlots)
            Fail(
                $"worker {worker.Identity.Worker} counts {worker.OccupiedSlots} occupied slots, but its jobs occupy "
                    + $"{slots}"
            );
        // The worker's capacity may shrink below what its leases occupy, but each lease was within the capacity at the
        // time of its grant.
        if (slots > worker.CapacityAtGrant)
            Fail(
                $"the leases of worker {worker.Identity.Worker} occupy {slots} slots, more than its capacity of "
                    + $"{worker.CapacityAtGrant} at the time of the grant"
            );
        foreach (var suspect in worker.Suspects)
            if (!worker.HeldJobs.Contains(suspect))
                Fail($"worker {worker.Identity.Worker} lists job {suspect.Id} as a suspect but does not hold it");
        if (worker.Unresponsive && worker.HeldJobs.Count > 0)
            Fail($"unresponsive worker {worker.Identity.Worker} still holds {worker.HeldJobs.Count} leases");
    }

    /// <summary>Checks a queue and its lanes. Returns the number of jobs in its lanes.</summary>
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
            reserved += job.Status.ReservedBytes + (job.RetainedLease?.ReservedBytes ?? 0);
        }
        if (queue.Jobs != jobs)
            Fail($"queue {queue.Name} counts {queue.Jobs} jobs but has {jobs}");
        if (queue.Bytes != bytes)
            Fail($"queue {queue.Name} counts {queue.Bytes} bytes but has {bytes}");
        if (queue.Reserved != reserved)
            Fail($"queue {queue.Name} counts {queue.Reserved} reserved bytes but has {reserved}");
        // An operator may set a limit below what the queue holds. The queue then accepts no further jobs.
        if (queue.Settings is { MaxJobs: null, MaxBytes: null } && !queue.IsWithinLimits)
            Fail($"queue {queue.Name} exceeds its limit");
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
        if ((lane.Count > 0 && lane.Queue.IsOpen) != lane.Method.ReadyLanes.Contains(lane))
            Fail($"a lane of {lane.Method.Name} with {lane.Count} jobs does not match the list of ready lanes");
        if (lane.ReadyTimes.Count != lane.Count)
            Fail($"a lane of {lane.Method.Name} with {lane.Count} jobs has {lane.ReadyTimes.Count} ready times");
        Job? before = null;
        foreach (var job in lane.Fifo.Jobs)
        {
            if (job.Section != LaneSection.Fifo || job.Lane != lane)
                Fail($"job {job.Id} is in a FIFO that it does not refer to");
            if (job.IsRestricted)
                Fail($"job {job.Id} is restricted but is in the FIFO");
            if (before is not null && Lane.IsBefore(job, before))
                Fail($"job {job.Id} is in the FIFO after a job that it must precede");
            before = job;
        }
        Check(lane, LaneSection.Heap, lane.Heap.Jobs);
        Check(lane, LaneSection.Restricted, lane.Restricted.Jobs);
    }

    private static void Check(Lane lane, LaneSection section, ReadOnlySpan<Job> heap)
    {
        for (var i = 0; i < heap.Length; i++)
        {
            if (heap[i].Index != i || heap[i].Section != section || heap[i].Lane != lane)
                Fail($"job {heap[i].Id} does not refer to its heap index {i}");
            if (heap[i].IsRestricted != (section == LaneSection.Restricted))
                Fail($"job {heap[i].Id} is in the wrong heap of its lane");
            if (i > 0 && Lane.IsBefore(heap[i], heap[(i - 1) / 2]))
                Fail($"job {heap[i].Id} is in the heap below a job that it must precede");
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
                    if (
                        worker.AcceptsJobs
                        && worker.Offers.Contains(new OfferedMethod(method, version))
                        && (version.Slots == 1 || version.Slots <= worker.Slots)
                    )
                        offered++;
                if (version.OfferCount != offered)
                    Fail($"{method.Name}@{version.Number} counts {version.OfferCount} offers but has {offered}");
            }
        }
    }

    private static void Reservations(BrokerState state)
    {
        var (workers, lanes) = (0, 0);
        foreach (var worker in state.Workers.All)
            workers += worker.Reservation is null ? 0 : 1;
        foreach (var queue in state.Queues.All)
            foreach (var lane in queue.Lanes)
                lanes += lane.Reservation is null ? 0 : 1;
        Require(
            workers == state.Reservations.Count && lanes == state.Reservations.Count,
            "the reservations of the workers or lanes differ from the table"
        );
        foreach (var reservation in state.Reservations.All)
        {
            var (lane, worker) = (reservation.Lane, reservation.Worker);
            if (lane.Reservation != reservation || worker.Reservation != reservation)
                Fail($"the reservation of worker {worker.Identity.Worker} is not that of its lane");
            if (lane.Count == 0 || reservation.Version.Slots == 1)
                Fail($"worker {worker.Identity.Worker} is reserved for {lane.Method.Name}, which needs no reservation");
            if (!worker.AcceptsJobs || state.Workers.Current(worker.Identity) != worker)
                Fail($"worker {worker.Identity.Worker} is reserved, but it cannot be assigned jobs");
        }
    }

    private static void Counts(BrokerState state)
    {
        var counted = new Dictionary<(QueueName, MethodName, JobState), long>();
        foreach (var job in state.Jobs.All)
        {
            var group = (job.Spec.Queue, job.Spec.Method, job.Status.State);
            counted[group] = counted.GetValueOrDefault(group) + 1;
        }
        foreach (var counter in state.Counters.All())
        {
            if (counter.Jobs < 0 || counter.InputBytes < 0)
                Fail($"a counter of queue {counter.Queue} is negative");
            if (counter.State.IsEnded())
                continue;
            var jobs = counted.GetValueOrDefault((counter.Queue, counter.Method, counter.State));
            if (counter.Jobs != jobs)
                Fail(
                    $"{counter.Queue}/{counter.Method} counts {counter.Jobs} {counter.State.ToWireName()} "
                        + $"jobs but has {jobs}"
                );
        }
    }

    private static void Require(bool holds, string message)
    {
        if (!holds)
            Fail(message);
    }

    private static void Fail(string message) => throw new InvalidOperationException($"Invariant violated: {message}.");
}
