using System.Globalization;
using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;
using Headrace.Core.Messages;
using Headrace.Core.Queues;
using Headrace.Core.Retention;

namespace Headrace.Core.Explain;

/// <summary>
/// Lists everything that keeps a ready job from being assigned: paused claims, no worker that accepts it, busy workers,
/// isolation, back-offs, and jobs that are served first (R10, R19, R22).
/// </summary>
internal sealed class WaitExplainer(BrokerState state)
{
    /// <summary>
    /// Maximum number of workers named in one sentence. Without this limit, a pool of hundreds of workers would make
    /// the explanation unreadably long.
    /// </summary>
    private const int MaxNamed = 3;

    public IEnumerable<string> Reasons(Job job, ApplyContext context)
    {
        if (state.StorageLowReason is { } low)
            yield return $"No jobs are started while disk space is low: {low}";
        var (lane, method) = (job.Lane!, job.Lane!.Method);
        foreach (var reason in QueueGate(lane.Queue))
            yield return reason;
        if (job.IsMessage())
        {
            yield return $"This message waits until a client pulls it: headrace messages pull {lane.Queue.Name}. The "
                + $"queue has {JobExplainer.Count(lane.Count, "message")} that no client holds.";
            yield break;
        }
        var version = method.VersionFor(lane);
        var asked = lane.Version > 0 ? lane.Version : version;
        var offering = state
            .Workers.All.Where(worker =>
                worker.Offers.Any(offer => offer.Method == method && (asked == 0 || offer.Version.Number == asked))
            )
            .ToList();
        var accepting = offering.Where(worker => worker.AcceptsJobs).ToList();
        // While the queue is closed, worker capacity makes no difference. If there is no worker at all, the job must
        // wait for one even after the queue opens.
        if (lane.Queue.IsOpen || accepting.Count == 0)
            foreach (var reason in CapacityExplainer.Reasons(job, accepting))
                yield return reason;
        foreach (var reason in NotAccepting(offering))
            yield return reason;
        foreach (var reason in Unavailable(new MethodRef(method.Name, asked)))
            yield return reason;
        if (OtherVersions(lane, version) is { } others)
            yield return others;
        if (job.Status.Isolated)
            yield return Isolation(job, context);
        foreach (var reason in Backoffs(job, context))
            yield return reason;
        if (job.RetainedLease is { Holder: var holder } && state.Workers.Current(holder) is not null)
            yield return $"The lease of worker {holder.Worker} expired; it can resume the job until another worker "
                + "claims it.";
        if (method.ReadyLanes.Exists(other => other.Head!.Spec.Priority > job.Spec.Priority))
            yield return $"Jobs of the method {method.Name} with a higher priority are served first.";
    }

    private IEnumerable<string> QueueGate(Queue queue)
    {
        if (queue.Gates.HasFlag(QueueGates.Paused))
            yield return $"Queue '{queue.Name}' {Paused(queue.Settings)}. Its jobs will not start until it is resumed: "
                + $"headrace queues resume {queue.Name}.";
        if (queue.Gates.HasFlag(QueueGates.ResultRoom))
            yield return ResultRoom.Describe(state, state.Histories.GetOrAdd(queue.Name));
    }

    private static string Paused(QueueSettings settings) =>
        settings is { ChangedBy: { } who, ChangedAt: { } at }
            ? $"was paused by {who} at {JobExplainer.Text(Instant.From(at))}"
            : "is paused";

    /// <summary>Explains why workers that have the method cannot run it. Version 0 stands for every version.</summary>
    private IEnumerable<string> Unavailable(MethodRef asked)
    {
        foreach (var worker in state.Workers.All.Where(worker => worker.AcceptsJobs))
            foreach (var (method, reason) in worker.Unavailable)
                if (method.Name == asked.Name && (asked.Version == 0 || method.Version == asked.Version))
                    yield return $"Worker {worker.Identity.Worker} cannot run {method} at present: {reason}";
    }

    private static IEnumerable<string> NotAccepting(List<Worker> offering)
    {
        var groups = offering
            .Where(worker => !worker.AcceptsJobs)
            .GroupBy(worker =>
                worker.Unresponsive ? ("stopped responding", "stopped responding")
                : worker.Phase == WorkerPhase.Terminating ? ("must exit", "must exit")
                : ("is draining", "are draining")
            );
        foreach (var group in groups)
        {
            var names = group.Select(worker => worker.Identity.Worker.Text).ToList();
            var more = names.Count - MaxNamed;
            var (subject, verb) =
                names.Count == 1
                    ? ($"Worker {names[0]}", group.Key.Item1)
                    : ($"Workers {string.Join(", ", names.Take(MaxNamed))}", group.Key.Item2);
            yield return $"{subject}{(more > 0 ? $" and {more} more" : "")} {verb}.";
        }
    }

    /// <summary>
    /// Explains which version is used for a job that requests none, if some workers do not offer that version.
    /// </summary>
    private static string? OtherVersions(Lane lane, int version) =>
        lane.Version == 0 && version > 0 && lane.Method.Versions.Any(v => v.OfferCount > 0 && v.Number != version)
            ? $"The job requests no version, so it runs as {new MethodRef(lane.Method.Name, version)}, the highest "
                + "version offered; workers that offer only an earlier one are not considered."
            : null;

    private string Isolation(Job job, ApplyContext context)
    {
        var until = job.Status.ReadySince + state.Options.SuspectPatience;
        var together = state.Ready.Groups.OthersWith(job).Count;
        var why =
            together == 0
                ? "A worker crashed or stopped responding while it held this job, so the job runs alone on its next "
                    + "worker."
                : "A process crashed while it ran this job and others. To find the job that caused the crash, this job "
                    + $"runs together with {JobExplainer.Count(together, "other job")} from that process, and no "
                    + "others.";
        return context.Since(job.Status.ReadySince) < state.Options.SuspectPatience
            ? $"{why} Until {JobExplainer.Text(until)}, it waits for a worker that holds no job."
            : $"{why} It found no worker without jobs within {state.Options.SuspectPatience.TotalSeconds:0} s, so it "
                + "will be assigned to the worker that holds the fewest.";
    }

    private IEnumerable<string> Backoffs(Job job, ApplyContext context)
    {
        foreach (var backoff in job.Backoffs ?? [])
            if (
                backoff.Until > context.Elapsed
                && state.Workers.All.FirstOrDefault(worker => worker.Identity.Incarnation == backoff.Incarnation)
                    is { } worker
            )
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"Worker {worker.Identity.Worker} released the job and will not receive it again for "
                        + $"{Math.Ceiling((backoff.Until - context.Elapsed).TotalSeconds):0} s."
                );
    }
}
