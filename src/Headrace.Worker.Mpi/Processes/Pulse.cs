namespace Headrace.Worker.Mpi.Processes;

/// <summary>
/// Shows whether the MPI thread of a rank is making progress. An iteration of its loop counts as progress, as does
/// running a method, which may take hours.
/// </summary>
internal sealed class Pulse
{
    // Written by the MPI thread; read by the heartbeat thread.
    private long _turns;
    private volatile bool _isInMethod;

    // Used only by the heartbeat thread.
    private long _seen = -1;

    /// <summary>Called in each iteration of the loop.</summary>
    public void Beat() => Volatile.Write(ref _turns, _turns + 1);

    public void EnterMethod() => _isInMethod = true;

    public void LeaveMethod() => _isInMethod = false;

    /// <summary>Returns whether there was progress since the last call.</summary>
    public bool HasProgressed()
    {
        var turns = Volatile.Read(ref _turns);
        if (turns == _seen && !_isInMethod)
            return false;
        _seen = turns;
        return true;
    }
}
