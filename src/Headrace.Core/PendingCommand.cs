namespace Headrace.Core;

/// <summary>
/// A command and the request that waits for its response. If <paramref name="CommitAlone"/> is set, the store rejected
/// a batch that contained the command, and the command is now committed in a separate batch (R5).
/// </summary>
internal readonly record struct PendingCommand(RequestId RequestId, Command Command, bool CommitAlone = false)
{
    /// <summary>When the command arrived in the mailbox, on the machine's monotonic clock.</summary>
    public Elapsed ArrivedAt { get; init; }

    /// <summary>The number of the read that the command waits for; 0 if it waits for none.</summary>
    public long ReadNumber { get; init; }

    /// <summary>
    /// True if the caller disconnected before the command was applied. The command is then not applied, but a message
    /// from a worker still shows that the worker is alive (R8).
    /// </summary>
    public bool CallerGone { get; init; }
}
