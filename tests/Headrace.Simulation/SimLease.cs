using Headrace.Core;

namespace Headrace.Simulation;

/// <summary>
/// The lease of a simulated worker according to the worker's own clock. It ends one lease duration after the worker
/// sent the last message that was answered (R8). The server counts from the arrival of the message, so it expires the
/// lease later.
/// </summary>
internal sealed class SimLease(World world)
{
    private readonly Dictionary<long, Elapsed> _sentAt = [];
    private Elapsed? _end;

    /// <summary>
    /// Whether an exclusive run may start, that is, whether at least a third of the lease is left (R11).
    /// </summary>
    public bool AllowsExclusiveStart => world.Clock < _end - (world.Options.Lease / 3);

    /// <summary>
    /// Whether no exclusive run may continue. A process that ignores all requests ends when a fifteenth of the lease is
    /// left (R11).
    /// </summary>
    public bool EndsExclusiveRuns => world.Clock >= _end - (world.Options.Lease / 15);

    /// <summary>Called when an incarnation starts.</summary>
    public void Reset()
    {
        _sentAt.Clear();
        _end = null;
    }

    public void OnSent(long call) => _sentAt.Add(call, world.Clock);

    /// <summary>
    /// Called when an exchange is sent again. The reply to the earlier attempt then no longer renews the lease.
    /// </summary>
    public void Forget(long call) => _sentAt.Remove(call);

    /// <summary>
    /// Called with the first reply to a message, or when its connection fails. A lease that has ended is renewed only
    /// by the reply to an exchange, which names the leases that were revoked. The number of a report is 0.
    /// </summary>
    public void OnReply(long call, Response? response)
    {
        if (!_sentAt.Remove(call, out var sent) || response is not Response.Exchanged { TerminateReason: null } reply)
            return;
        if (reply.Number == 0 && world.Clock >= _end)
            return;
        if (_end is null || _end < sent + world.Options.Lease)
            _end = sent + world.Options.Lease;
    }
}
