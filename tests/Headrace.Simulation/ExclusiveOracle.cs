using Headrace.Core.Jobs;

namespace Headrace.Simulation;

/// <summary>
/// Verifies that an exclusive job's runs never overlap (R11). A suspended process is exempt, because it can neither
/// end its run nor do anything else until it resumes.
/// </summary>
internal sealed class ExclusiveOracle(World world)
{
    /// <summary>Called when a worker starts an attempt of an exclusive job.</summary>
    public void OnStarted(SimWorker worker, LeaseToken lease)
    {
        foreach (var other in world.Workers)
            if (!other.IsPaused && other.RunsOtherAttempt(lease))
                throw new SimulationFaultException(
                    $"{worker.Name} started {lease} of an exclusive method while {other.Name} was still running an "
                        + "earlier attempt"
                );
    }
}
