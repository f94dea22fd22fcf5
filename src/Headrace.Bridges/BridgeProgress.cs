namespace Headrace.Bridges;

/// <summary>
/// What a bridge has done since the server started, and its state. The pumps of the bridge write it, requests read it.
/// The counters continue when the bridge reconnects.
/// </summary>
internal sealed class BridgeProgress(TimeProvider time)
{
    private readonly Lock _lock = new();

    // Guarded by _lock.
    private readonly RateWindow _accepted = new(time);
    private readonly RateWindow _published = new(time);
    private BridgeStatus _status = new() { State = BridgeState.Starting };

    public BridgeStatus Read()
    {
        lock (_lock)
            return _status with { AcceptedPerSecond = _accepted.Read(), PublishedPerSecond = _published.Read() };
    }

    public void Connected(IReadOnlyList<string> warnings) =>
        Change(status =>
            status with
            {
                State = BridgeState.Running,
                Reason = null,
                Warnings = warnings,
                MessagesInFlight = 0,
                ResultsInFlight = 0,
            }
        );

    public void Failed(string error) =>
        Change(status =>
            status with
            {
                State = BridgeState.Failing,
                Reason = error,
                LastError = error,
                LastErrorAt = time.GetUtcNow(),
                MessagesInFlight = 0,
                ResultsInFlight = 0,
            }
        );

    /// <summary>Records why the server does not accept jobs; null if it accepts them.</summary>
    public void HeldBack(string? reason) =>
        Change(status =>
            status.State is BridgeState.Running or BridgeState.Waiting
                ? status with
                {
                    State = reason is null ? BridgeState.Running : BridgeState.Waiting,
                    Reason = reason,
                }
                : status
        );

    public void HasInFlight(int messages) => Change(status => status with { MessagesInFlight = messages });

    public void HasPulled(int results) => Change(status => status with { ResultsInFlight = results });

    public void Counted(long? messagesWaiting, long? resultsWaiting) =>
        Change(status => status with { MessagesWaiting = messagesWaiting, ResultsWaiting = resultsWaiting });

    public void Accepted(int messages)
    {
        lock (_lock)
        {
            _accepted.Add(messages);
            _status = _status with { Accepted = _status.Accepted + messages };
        }
    }

    /// <summary>Records that a message became a dead letter.</summary>
    public void Rejected(string reason) =>
        Change(status =>
            status with
            {
                Rejected = status.Rejected + 1,
                LastError = reason,
                LastErrorAt = time.GetUtcNow(),
            }
        );

    public void Published(int results, int repeated)
    {
        lock (_lock)
        {
            _published.Add(results);
            _status = _status with { Published = _status.Published + results, Repeated = _status.Repeated + repeated };
        }
    }

    private void Change(Func<BridgeStatus, BridgeStatus> change)
    {
        lock (_lock)
            _status = change(_status);
    }
}
