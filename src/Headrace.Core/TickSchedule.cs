namespace Headrace.Core;

/// <summary>
/// Decides which batch ends with a tick. A tick that is due waits for the internal commands that were waiting at that
/// moment, so that no lease expires although a message of its worker has arrived (R20). It waits for no later command,
/// so that a constant stream of commands cannot delay it forever (R8).
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

    /// <summary>Called for each command that the batch takes.</summary>
    public void OnTaken(in PendingCommand pending)
    {
        if (pending.Command.IsInternal)
            _before--;
    }

    /// <summary>
    /// True if the batch ends with the tick that is due: the internal commands that must precede it have been applied.
    /// </summary>
    public bool IsReached(int internalCommands) => _before <= 0 || internalCommands == 0;

    /// <summary>Ends a batch. A tick that has not taken place is never postponed.</summary>
    public void End(bool ticked, Elapsed next)
    {
        if (ticked)
            _before = null;
        if (ticked || next < At)
            At = next;
    }
}
