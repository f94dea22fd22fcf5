using Headrace.Core;
using Headrace.Core.Jobs;

namespace Headrace.Simulation;

/// <summary>
/// Verifies that no worker is assigned a job of a method that is unavailable on it (R22). The oracle derives the
/// availability from the workers' messages, independently of the broker.
/// </summary>
internal sealed class AvailabilityOracle
{
    private readonly Dictionary<LeaseHolder, HashSet<MethodRef>> _latest = [];
    private readonly Dictionary<LeaseHolder, HashSet<MethodRef>> _applied = [];

    /// <summary>
    /// Called after a server has loaded its state, and before the commands in a rejected batch are committed one by
    /// one.
    /// </summary>
    public void OnLoaded()
    {
        _latest.Clear();
        _applied.Clear();
    }

    /// <summary>Called after a command has been taken from the mailbox.</summary>
    public void OnTaken(Command command)
    {
        var message = command switch
        {
            Command.Exchange exchange => exchange.Message,
            Command.Report report => report.Message,
            _ => null,
        };
        if (message is { Offers.Count: > 0 })
            _latest[message.Sender] =
            [
                .. message
                    .Offers.Where(offer => offer.Unavailable.Length > 0)
                    .Select(offer => new MethodRef(offer.Method, offer.Version)),
            ];
    }

    /// <summary>
    /// Called for each claim in a complete batch. A method counts as unavailable if the worker's messages reported it
    /// as such both before and during the batch, regardless of the order in which the batch applied them.
    /// </summary>
    public void OnClaimed(JobRow claim)
    {
        var (worker, method) = (claim.Status.Holder, new MethodRef(claim.Spec.Method, claim.Status.RanVersion));
        if (IsIn(_applied) && IsIn(_latest))
            throw new SimulationFaultException(
                $"job {claim.Id} was assigned to {worker.Worker}, on which {method} is unavailable"
            );

        bool IsIn(Dictionary<LeaseHolder, HashSet<MethodRef>> known) =>
            known.TryGetValue(worker, out var unavailable) && unavailable.Contains(method);
    }

    /// <summary>Called after the claims in a batch have been checked.</summary>
    public void OnBatchBuilt()
    {
        foreach (var (worker, methods) in _latest)
            _applied[worker] = methods;
    }
}
