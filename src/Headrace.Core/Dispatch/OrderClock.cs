namespace Headrace.Core.Dispatch;

/// <summary>
/// Which orders (cancel, time limit, drain, ended) a worker is known to have. An order ends a park only until the
/// exchange after the reply that
/// carried it has arrived; later replies repeat it without ending one (R12).
/// </summary>
internal sealed class OrderClock
{
    private long _given,
        _sent,
        _heard;
    private long _sentIn;

    /// <summary>Some order is not yet known to have arrived.</summary>
    public bool Pending => _given > _heard;

    /// <summary>A new order; the number tells it from earlier ones.</summary>
    public long Give() => ++_given;

    /// <summary>A reply to exchange <paramref name="number"/> carries all orders given so far.</summary>
    public void SentIn(long number) => (_sent, _sentIn) = (_given, number);

    /// <summary>Exchange <paramref name="number"/> has arrived: its sender has read every earlier reply.</summary>
    public void Arrived(long number)
    {
        if (number > _sentIn)
            _heard = _sent;
    }

    public bool HasHeard(long order) => order <= _heard;
}
