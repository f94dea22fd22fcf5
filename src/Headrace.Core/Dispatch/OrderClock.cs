namespace Headrace.Core.Dispatch;

/// <summary>
/// Tracks which instructions (cancel, time limit, drain, terminate) a worker is known to have received. A pending
/// instruction ends a park only until the worker's next exchange confirms the reply that carried it; later replies
/// repeat the instruction but no longer end a park (R12).
/// </summary>
internal sealed class OrderClock
{
    private long _given,
        _sent,
        _heard;
    private long _sentIn;

    /// <summary>At least one instruction is not known to be delivered.</summary>
    public bool Pending => _given > _heard;

    /// <summary>Registers a new instruction and returns its sequence number.</summary>
    public long Give() => ++_given;

    /// <summary>
    /// Records that the reply to exchange <paramref name="number"/> carries all instructions issued so far.
    /// </summary>
    public void SentIn(long number) => (_sent, _sentIn) = (_given, number);

    /// <summary>
    /// Exchange <paramref name="number"/> has arrived, so its sender has received all earlier replies.
    /// </summary>
    public void Arrived(long number)
    {
        if (number > _sentIn)
            _heard = _sent;
    }

    public bool HasHeard(long order) => order <= _heard;
}
