using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;
using Headrace.Core.Queues;

namespace Headrace.Core.Explain;

/// <summary>
/// Explains whether the workers that offer a job's method have slots for it. They may have too few in total, have too
/// few at the moment, or keep slots free for another job (R10, R19).
/// </summary>
internal static class CapacityExplainer
{
    /// <param name="job">A ready job.</param>
    /// <param name="accepting">The workers that offer its method and accept jobs.</param>
    public static IEnumerable<string> Reasons(Job job, List<Worker> accepting)
    {
        var asked = new MethodRef(job.Spec.Method, job.Spec.Version);
        if (accepting.Count == 0)
        {
            yield return $"No running worker offers {asked}. Start a worker that does, or install the method: "
                + "headrace methods install.";
            yield break;
        }
        var slots = SlotsOf(job.Lane!, accepting);
        var largest = accepting.Max(worker => worker.Slots);
        if (slots > 1 && slots > largest)
        {
            yield return $"Each job of the method {asked} takes {slots} slots, but no running worker that offers it "
                + $"has more than {largest}. Start a worker with at least {slots} slots.";
            yield break;
        }
        yield return Waiting(job.Lane!, asked, slots, [.. accepting.Where(w => slots == 1 || w.Slots >= slots)]);
        if (job.Lane!.Reservation is { } reservation)
            yield return Reserved(job, slots, reservation);
    }

    /// <summary>
    /// Returns the number of slots that a job from the lane occupies. If no worker has enough slots for any version,
    /// the highest version that the workers offer determines the number.
    /// </summary>
    private static int SlotsOf(Lane lane, List<Worker> accepting)
    {
        var version = lane.Version > 0 ? lane.Version : lane.Method.VersionFor(lane);
        if (version == 0)
            version = accepting
                .SelectMany(worker => worker.Offers)
                .Where(offer => offer.Method == lane.Method)
                .Max(offer => offer.Version.Number);
        return lane.Method.Find(version)?.Slots ?? 1;
    }

    private static string Waiting(Lane lane, MethodRef asked, int slots, List<Worker> workers)
    {
        var free = workers.Count(worker => Credit(worker, slots) >= slots && !IsReserved(worker));
        var (alone, reserved) = (workers.Count(worker => worker.Suspects.Count > 0), workers.Count(IsReserved));
        var size = slots == 1 ? "" : $" with at least {slots} slots";
        var offers =
            $"{JobExplainer.Count(workers.Count, "worker")}{size} {(workers.Count == 1 ? "offers" : "offer")} {asked}";
        var jobs = JobExplainer.Count(lane.Count, "job");
        var ready = $"{jobs} of {lane.Queue.Name}/{asked} {(lane.Count == 1 ? "is" : "are")} ready.";
        var kept =
            (alone == 0 ? "" : $" {alone} of these workers {Is(alone)} reserved for a job that runs alone.")
            + (
                reserved == 0
                    ? ""
                    : $" {reserved} of these workers {Is(reserved)} reserved for a job that needs more slots."
            );
        if (free > 0)
            return $"Waiting for the next exchange of a worker: {offers}, and {free} of them "
                + $"{(free == 1 ? "has" : "have")} free capacity; {ready}{kept}";
        return slots == 1
            ? $"Waiting for a free slot: {offers}, and none has free capacity; {ready}{kept}"
            : $"Waiting for {slots} free slots: {offers}, and none has that many free; {ready}{kept}";

        bool IsReserved(Worker worker) => worker.Reservation is { } other && other.Lane != lane;
    }

    /// <summary>
    /// Returns how many of a worker's slots are available for jobs that each occupy this number of slots.
    /// </summary>
    private static int Credit(Worker worker, int slots) =>
        slots == 1 ? worker.Credit : worker.Credit - worker.SharedSlots;

    private static string Reserved(Job job, int slots, Reservation reservation)
    {
        var worker = reservation.Worker;
        var whom = reservation.Lane.Head == job ? "this job" : "the first of them";
        var free = Math.Clamp(worker.UnsharedFreeSlots, 0, slots);
        return $"Worker {worker.Identity.Worker} has been reserved for {whom} since "
            + $"{JobExplainer.Text(reservation.Since)}. {free} of the {slots} slots {Is(free)} free; until all of them "
            + "are free, the worker receives only jobs that come earlier in the serving order.";
    }

    private static string Is(int count) => count == 1 ? "is" : "are";
}
