using Headrace.Core;
using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;

namespace Headrace.Simulation;

/// <summary>
/// Determines how many slots a job takes and which workers are large enough for it, based only on the workers and their
/// offers.
/// </summary>
internal static class JobSlots
{
    /// <summary>Returns the number of slots that a running job occupies, or that a ready job would occupy.</summary>
    public static int Of(Job job, BrokerState state) =>
        Of(job.Spec, job.Status.State == JobState.Running ? job.Status.RanVersion : VersionOf(job.Spec, state), state);

    public static int Of(JobRow lease, BrokerState state) => Of(lease.Spec, lease.Status.RanVersion, state);

    /// <summary>
    /// Returns true if the worker offers the version that the job would run now, and has enough slots for it.
    /// </summary>
    public static bool IsOfferedBy(Worker worker, Job job, BrokerState state) =>
        VersionOf(job.Spec, state) is { } version && Offers(worker, job.Spec.Method, version);

    public static bool Accepts(Worker worker) =>
        worker is { Phase: WorkerPhase.Active, Liveness: WorkerLiveness.Responsive };

    private static bool Offers(Worker worker, MethodName method, int version) =>
        OffersOf(worker, method).Any(offer => offer.Version.Number == version);

    /// <summary>Returns the versions of the method that the worker offers and has enough slots for.</summary>
    private static IEnumerable<OfferedMethod> OffersOf(Worker worker, MethodName method) =>
        worker.Offers.Where(offer => offer.Method.Name == method && offer.Version.Row.Slots <= worker.Slots);

    /// <summary>
    /// Returns the version that the job would run: the requested one, or the highest that a worker could run.
    /// </summary>
    private static int? VersionOf(JobSpec spec, BrokerState state) =>
        spec.Version > 0
            ? spec.Version
            : state
                .Workers.All.Where(Accepts)
                .SelectMany(worker => OffersOf(worker, spec.Method))
                .Max(offer => (int?)offer.Version.Number);

    private static int Of(JobSpec spec, int? version, BrokerState state) =>
        version is { } number && state.Methods.TryGet(spec.Method, out var method)
            ? method.Find(number)?.Row.Slots ?? 1
            : 1;
}
