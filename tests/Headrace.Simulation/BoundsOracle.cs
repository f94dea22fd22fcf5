namespace Headrace.Simulation;

/// <summary>
/// Verifies that the unfinished jobs of all queues stay within the server's limits (R13). It counts the jobs on disk,
/// independently of the broker's counts.
/// </summary>
internal sealed class BoundsOracle(World world)
{
    /// <summary>Called after a batch has reached the disk.</summary>
    public void OnStored()
    {
        if (world.Store.Live > world.Options.MaxJobs)
            throw new SimulationFaultException(
                $"{world.Store.Live} jobs are unfinished, more than the limit of {world.Options.MaxJobs}"
            );
        if (world.Store.ResidentBytes > world.Options.MaxResidentBytes)
            throw new SimulationFaultException(
                $"the params of the unfinished jobs occupy {world.Store.ResidentBytes} bytes, more than the limit of "
                    + $"{world.Options.MaxResidentBytes} bytes"
            );
    }
}
