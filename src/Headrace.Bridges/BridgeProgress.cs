namespace Headrace.Bridges;

/// <summary>
/// The state of a bridge and its counters since the server started. The bridge's pumps update them, and requests read
/// them. The counters are not reset when the bridge reconnects.
/// </summary>
internal sealed class BridgeProgress(TimeProvider time)
{
    private readonly Lock _lock = new();

    // Guarded by _lock.
    private readonly RateWindow _accepted = new(time);
    private readonly RateWindow _published = new(time);
    private BridgeStatus _status = new() { State = BridgeState.Starting };

    /// <summary>The sides of the running bridge and the states of their connections.</summary>
    private readonly SortedDictionary<BridgeSide, Connection> _sides = [];

    /// <summary>Why the server does not accept jobs; null if it accepts them.</summary>
    private string? _held;

    /// <summary>
    /// The number of messages that the bridge last held in its source, even if the connection has failed since; null if
    /// it is unknown.
    /// </summary>
    private int? _unsettled;

    /// <summary>
    /// The connection of one side. Both members are null until the first connection attempt has ended.
    /// </summary>
    private sealed record Connection(IReadOnlyList<string>? Warnings = null, string? Error = null);

    public BridgeStatus Read()
    {
        lock (_lock)
            return _status with { AcceptedPerSecond = _accepted.Read(), PublishedPerSecond = _published.Read() };
    }

    /// <summary>Records that the bridge is starting with these sides.</summary>
    public void Started(IEnumerable<BridgeSide> sides)
    {
        lock (_lock)
        {
            _sides.Clear();
            foreach (var side in sides)
                _sides[side] = new Connection();
            _held = null;
            _status = _status with { MessagesWaiting = null, ResultsWaiting = null };
            UpdateState();
        }
    }

    /// <summary>
    /// Returns the number of messages that the source may hold for the bridge: 0 if there is certainly none, null if
    /// the number is unknown.
    /// </summary>
    public int? ReadUnsettled()
    {
        lock (_lock)
            return _unsettled;
    }

    /// <summary>Records that the source holds no message for the bridge.</summary>
    public void HasNoneUnsettled()
    {
        lock (_lock)
            _unsettled = 0;
    }

    public void Connected(BridgeSide side, IReadOnlyList<string> warnings)
    {
        lock (_lock)
        {
            // The bridge may take messages from now on.
            if (side == BridgeSide.Source)
                _unsettled = null;
            _sides[side] = new Connection(warnings);
            UpdateState();
        }
    }

    public void Failed(BridgeSide side, string error)
    {
        lock (_lock)
        {
            _sides[side] = new Connection(_sides[side].Warnings, error);
            _status = side switch
            {
                BridgeSide.Source => _status with { MessagesInFlight = 0 },
                _ => _status with { ResultsInFlight = 0 },
            };
            if (side == BridgeSide.Source)
                _held = null;
            RecordError(error);
            UpdateState();
        }
    }

    /// <summary>Records why the server does not accept jobs; null if it accepts them.</summary>
    public void HeldBack(string? reason)
    {
        lock (_lock)
        {
            _held = reason;
            UpdateState();
        }
    }

    public void HasInFlight(int messages)
    {
        lock (_lock)
        {
            _status = _status with { MessagesInFlight = messages };
            _unsettled = messages > 0 ? messages : null;
        }
    }

    public void HasPulled(int results)
    {
        lock (_lock)
            _status = _status with { ResultsInFlight = results };
    }

    public void CountedMessages(long waiting)
    {
        lock (_lock)
            _status = _status with { MessagesWaiting = waiting };
    }

    public void CountedResults(long waiting)
    {
        lock (_lock)
            _status = _status with { ResultsWaiting = waiting };
    }

    public void Accepted(int messages)
    {
        lock (_lock)
        {
            _accepted.Add(messages);
            _status = _status with { Accepted = _status.Accepted + messages };
        }
    }

    /// <summary>Records that a message became a dead letter.</summary>
    public void Rejected(string reason)
    {
        lock (_lock)
        {
            _status = _status with { Rejected = _status.Rejected + 1 };
            RecordError(reason);
        }
    }

    public void Published(int results, int repeated)
    {
        lock (_lock)
        {
            _published.Add(results);
            _status = _status with { Published = _status.Published + results, Repeated = _status.Repeated + repeated };
        }
    }

    private void RecordError(string error) =>
        _status = _status with { LastError = error, LastErrorAt = time.GetUtcNow() };

    /// <summary>
    /// Updates the state. A bridge is failing if either of its sides is failing. If both sides fail for different
    /// reasons, both reasons are shown.
    /// </summary>
    private void UpdateState()
    {
        var errors = _sides.Values.Select(side => side.Error).OfType<string>().Distinct().ToList();
        var (state, reason) =
            errors.Count > 0 ? (BridgeState.Failing, string.Join(' ', errors))
            : _sides.Values.Any(side => side.Warnings is null) ? (BridgeState.Starting, null)
            : _held is not null ? (BridgeState.Waiting, _held)
            : (BridgeState.Running, (string?)null);
        _status = _status with
        {
            State = state,
            Reason = reason,
            Warnings = [.. _sides.Values.SelectMany(side => side.Warnings ?? []).Distinct()],
        };
    }
}
