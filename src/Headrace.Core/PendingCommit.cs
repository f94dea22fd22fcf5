namespace Headrace.Core;

/// <summary>
/// A batch whose commit is pending, and its commands. If the store rejects the batch, the commands are applied again
/// one at a time.
/// </summary>
internal sealed class PendingCommit(Batch batch)
{
    public Batch Batch { get; } = batch;

    public List<PendingCommand> Commands { get; } = [];

    /// <summary>True if the batch consists of one command from an earlier batch that the store rejected (R5).</summary>
    public bool IsIsolated => Commands is [{ CommitAlone: true }];

    /// <summary>The commands of the batch that need rows. Their reads start after the commit (R2).</summary>
    public List<(PendingCommand Command, IReadOnlyList<RowKey> Keys)> Reads { get; } = [];

    /// <summary>
    /// The rejection that callers receive while the commit keeps failing; null during the first attempt.
    /// </summary>
    public Rejection? Outage { get; set; }

    /// <summary>
    /// Adds a command that has just been applied. If its response requests rows, the response is replaced by a read.
    /// </summary>
    public void Add(PendingCommand pending)
    {
        Commands.Add(pending);
        if (
            Batch.Responses is not [.., (var requestId, Response.ReadRequired required)]
            || requestId != pending.RequestId
        )
            return;
        Batch.Responses.RemoveAt(Batch.Responses.Count - 1);
        Reads.Add((pending, required.Keys));
    }
}
