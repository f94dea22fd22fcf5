namespace Headrace.Core;

/// <summary>
/// Decides which batch ends with a tick. When a tick becomes due, the internal commands that are already waiting are
/// applied first, so that no lease expires while a message from its worker is waiting (R20). Commands that arrive later
/// do not delay the tick; otherwise, a constant stream of commands could delay it forever (R8).
/// </summary>
internal sealed class TickSchedule
{
    private int? _before;

    /// <summary>When the next tick is due.</summary>
    public Elapsed At { get; private set; }

    public void Reset() => (At, _before) = (default, null);

    /// <summary>Starts a batch. Returns true if a tick is due.</summary>
    public bool Begin(Elapsed now, int internalCommands)
    {
        if (now < At)
            return false;
        _before ??= internalCommands;
        return true;
    }

    /// <summary>Called for each command that is added to the batch.</summary>
    public void OnTaken(in PendingCommand pending)
    {
        if (pending.Command.IsInternal)
            _before--;
    }

    /// <summary>
    /// True if the batch ends with the tick that is due: the internal commands that must precede it have been applied.
    /// </summary>
    public bool IsReached(int internalCommands) => _before <= 0 || internalCommands == 0;

    /// <summary>
    /// Ends a batch and sets the time of the next tick. A tick that is due but has not run is never postponed.
    /// </summary>
    public void End(bool ticked, Elapsed next)
    {
        if (ticked)
            _before = null;
        if (ticked || next < At)
            At = next;
    }
}
