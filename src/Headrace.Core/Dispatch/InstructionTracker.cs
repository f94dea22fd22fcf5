namespace Headrace.Core.Dispatch;

/// <summary>
/// Tracks which instructions (cancel, time limit, drain, terminate) a worker is known to have received. A parked
/// exchange is answered when there is a new instruction for its worker. The worker's next exchange confirms that it
/// received the instruction. From then on, exchanges are parked again, even though every reply repeats the instruction
/// (R12).
/// </summary>
internal sealed class InstructionTracker
{
    private long _issued,
        _sent,
        _delivered;
    private long _sentInExchange;

    /// <summary>True if the worker has not yet confirmed that it received all instructions.</summary>
    public bool Pending => _issued > _delivered;

    /// <summary>Registers a new instruction and returns its sequence number.</summary>
    public long Issue() => ++_issued;

    /// <summary>
    /// Records that the reply to the exchange with this number contains all instructions issued so far.
    /// </summary>
    public void MarkSent(long number) => (_sent, _sentInExchange) = (_issued, number);

    /// <summary>
    /// Records that the exchange with this number has arrived. This confirms that its sender received all earlier
    /// replies.
    /// </summary>
    public void OnExchangeArrived(long number)
    {
        if (number > _sentInExchange)
            _delivered = _sent;
    }

    public bool IsDelivered(long instruction) => instruction <= _delivered;
}
