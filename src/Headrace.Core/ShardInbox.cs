namespace Headrace.Core;

/// <summary>
/// A command and the request that waits for its response. If <paramref name="CommitAlone"/> is set, the store rejected
/// a batch that contained the command, and the command is now committed in a separate batch (R5).
/// </summary>
internal readonly record struct PendingCommand(RequestId RequestId, Command Command, bool CommitAlone = false);

/// <summary>
/// Commands waiting to be applied, in order of arrival, including those whose rows have been read. After the store
/// rejects a batch, the commands of that batch are retried first, one per batch.
/// </summary>
internal sealed class ShardInbox
{
    private readonly LinkedList<PendingCommand> _waiting = [];
    private readonly Dictionary<RequestId, PendingCommand> _awaitingRows = [];

    public int Count => _waiting.Count;

    public void Add(PendingCommand pending) => _waiting.AddLast(pending);

    /// <summary>
    /// Takes the next command for a batch. Returns false if none is waiting, or if it must not share a batch with the
    /// previous one.
    /// </summary>
    public bool TryTake(IReadOnlyList<PendingCommand> batch, out PendingCommand pending)
    {
        pending = default;
        if (_waiting.First is not { } first)
            return false;
        if (batch.Count > 0 && (first.Value.CommitAlone || batch[^1].CommitAlone))
            return false;
        pending = first.Value;
        _waiting.RemoveFirst();
        return true;
    }

    /// <summary>Keeps a command waiting until <see cref="ResumeWithRows"/> delivers the rows it needs.</summary>
    public void AwaitRows(PendingCommand pending) => _awaitingRows.Add(pending.RequestId, pending);

    /// <summary>
    /// Delivers the rows that a command needs. Does nothing if its caller disconnected or has already been rejected.
    /// </summary>
    public void ResumeWithRows(RequestId requestId, IReadOnlyList<StoredRow> rows)
    {
        if (!_awaitingRows.Remove(requestId, out var pendingCommand))
            return;
        var back = pendingCommand with { Command = pendingCommand.Command.WithRows(rows) };
        if (pendingCommand.CommitAlone)
            _waiting.AddFirst(back);
        else
            _waiting.AddLast(back);
    }

    /// <summary>Removes a command whose caller disconnected.</summary>
    public void Remove(RequestId requestId)
    {
        _awaitingRows.Remove(requestId);
        for (var node = _waiting.First; node is not null; node = node.Next)
        {
            if (node.Value.RequestId != requestId)
                continue;
            _waiting.Remove(node);
            return;
        }
    }

    /// <summary>
    /// Removes every request that must fail fast while the store is unavailable, including those waiting for a row
    /// read.
    /// </summary>
    public IReadOnlyList<PendingCommand> TakeRejectable()
    {
        var impatient = _waiting.Where(pendingCommand => !pendingCommand.Command.SurvivesOutage).ToList();
        foreach (var pendingCommand in impatient)
            _waiting.Remove(pendingCommand);
        impatient.AddRange(_awaitingRows.Values);
        _awaitingRows.Clear();
        return impatient;
    }

    /// <summary>
    /// Isolates the cause after the store rejected these commands. If there are several, they are retried one per
    /// batch. A single worker message is split into its outcomes, and the outcome that cannot be stored is recorded
    /// without its result; any other single command is rejected. Returns false if there is no command to isolate.
    /// <paramref name="answered"/> receives the responses to publish now.
    /// </summary>
    public bool RetryIndividually(
        IReadOnlyList<PendingCommand> commands,
        string reason,
        out IReadOnlyList<(RequestId, Response)> answered
    )
    {
        var answers = new List<(RequestId, Response)>();
        answered = answers;
        if (commands.Count == 0)
            return false;
        IReadOnlyList<PendingCommand> again = [];
        if (commands.Count > 1)
            again = commands;
        else if (MessageSplitter.Split(commands[0]) is { } parts)
            again = parts;
        else if (MessageSplitter.ReplaceOutcomes(commands[0], reason) is { } stripped)
            again = [stripped];
        else
            answers.Add(
                (
                    commands[0].RequestId,
                    new Response.Rejected(
                        new Rejection(RejectionKind.Unstorable, $"The store rejected this request: {reason}")
                    )
                )
            );

        // Other waiting commands, including those waiting for rows, relied on the discarded broker state and are
        // rejected. Only commands isolated earlier stay.
        var isolated = _waiting
            .Where(pendingCommand => pendingCommand.CommitAlone)
            .Concat(_awaitingRows.Values.Where(pendingCommand => pendingCommand.CommitAlone))
            .ToList();
        foreach (
            var pendingCommand in _waiting
                .Concat(_awaitingRows.Values)
                .Where(pendingCommand => !pendingCommand.CommitAlone)
        )
            answers.Add(
                (
                    pendingCommand.RequestId,
                    new Response.Rejected(
                        new Rejection(
                            RejectionKind.Unavailable,
                            $"The store rejected a batch, and the server is reloading its state: {reason}"
                        )
                        {
                            RetryAfter = TimeSpan.FromSeconds(1),
                        }
                    )
                )
            );
        _waiting.Clear();
        _awaitingRows.Clear();
        foreach (var pendingCommand in again.Concat(isolated))
            _waiting.AddLast(WithoutRows(pendingCommand) with { CommitAlone = true });
        return true;
    }

    /// <summary>The new broker has no pending reads, so the command must request its rows again.</summary>
    private static PendingCommand WithoutRows(PendingCommand pending) =>
        pending with
        {
            Command = pending.Command.WithoutRows,
        };
}
