namespace Headrace.Server.Events;

/// <summary>
/// The position of one reader in the buffer of the hub. It examines each event once and never delays other readers.
/// </summary>
internal sealed class EventReader(EventHub hub, EventFilter filter, long position)
{
    /// <summary>The number of the last event that was examined.</summary>
    public long Position { get; private set; } = position;

    /// <summary>
    /// Adds the next events that match, up to a maximum number. Returns false if the events before the next one were
    /// overwritten. The reader then continues with the newest event.
    /// </summary>
    public bool TryRead(int max, List<ServerEvent> into)
    {
        var last = hub.Last;
        while (Position < last && into.Count < max)
        {
            if (hub.Find(Position + 1) is not { } next)
            {
                // Delivers the events before the gap first. The next call detects the gap again.
                if (into.Count > 0)
                    return true;
                Position = hub.Last;
                return false;
            }
            Position++;
            if (filter.Matches(next))
                into.Add(next);
        }
        return true;
    }
}
