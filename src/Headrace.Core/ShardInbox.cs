namespace Headrace.Core;

/// <summary>
/// Selects the next command to apply (R1). Messages from workers and the server's own commands go before client
/// requests. Commands whose rows have been read count as client requests. After the store rejects a batch, the commands
/// of that batch are retried one per batch; each of these batches alternates with an ordinary one, because thousands of
/// separate commits would otherwise delay every other command.
/// </summary>
internal sealed class ShardInbox(ICommandSource mailbox)
{
    /// <summary>
    /// After this many internal commands in a row, one client request is taken. A constant stream of internal commands
    /// can therefore delay clients, but not block them.
    /// </summary>
    private const int InternalCommandsPerClientRequest = 15;

    /// <summary>Commands that are waiting for their rows, and commands whose rows have been read.</summary>
    private readonly Dictionary<RequestId, PendingCommand> _withRows = [];
    private readonly Queue<RequestId> _rowsRead = [];
    private readonly LinkedList<PendingCommand> _isolated = [];
    private bool _lastWasIsolated;
    private int _internalInARow;
    private long _readCount;

    /// <summary>
    /// True if there may be a waiting command that can be applied now. Commands whose callers disconnected also count.
    /// </summary>
    public bool HasWaiting => mailbox.Count > 0 || _rowsRead.Count > 0 || _isolated.Count > 0;

    /// <summary>Number of waiting internal commands in the mailbox.</summary>
    public int InternalCount => mailbox.InternalCount;

    /// <summary>
    /// Takes the next command for a batch. Returns false if none is waiting, or if it must not share a batch with the
    /// previous one. If <paramref name="tickDue"/> is set, a batch that follows a separate commit does not begin with
    /// another command that must be committed separately, so that it can contain the tick.
    /// </summary>
    public bool TryTake(IReadOnlyList<PendingCommand> batch, bool tickDue, out PendingCommand pending)
    {
        pending = default;
        if (batch is [{ CommitAlone: true }])
            return false;
        if (batch.Count == 0 && !_lastWasIsolated && TryTakeIsolated(out pending))
            return true;
        var tookIsolated = _lastWasIsolated;
        _lastWasIsolated = false;
        if (TryTakeOrdinary(out pending))
            return true;
        return batch.Count == 0 && tookIsolated && !tickDue && TryTakeIsolated(out pending);
    }

    /// <summary>Keeps a command waiting until <see cref="ResumeWithRows"/> delivers the rows it needs.</summary>
    public RowRequest AwaitRows(PendingCommand pending, IReadOnlyList<RowKey> keys)
    {
        _withRows.Add(pending.RequestId, pending with { ReadNumber = ++_readCount });
        return new RowRequest(pending.RequestId, keys) { Number = _readCount };
    }

    /// <summary>True if the command is still waiting for this read rather than a later one.</summary>
    public bool IsWaitingFor(RowRequest read) =>
        _withRows.TryGetValue(read.RequestId, out var waiting) && waiting.ReadNumber == read.Number;

    /// <summary>
    /// Delivers the rows that a command needs. Does nothing if the command is no longer waiting for this read, because
    /// its caller disconnected, it was rejected, or it started another read.
    /// </summary>
    public void ResumeWithRows(RowRequest read, IReadOnlyList<StoredRow> rows)
    {
        if (!IsWaitingFor(read))
            return;
        var requestId = read.RequestId;
        _withRows.Remove(requestId, out var waiting);
        var resumed = waiting with { Command = waiting.Command.WithRows(rows), ReadNumber = 0 };
        if (waiting.CommitAlone)
        {
            _isolated.AddFirst(resumed);
            return;
        }
        _withRows.Add(requestId, resumed);
        _rowsRead.Enqueue(requestId);
    }

    /// <summary>
    /// Removes a command that is waiting for rows or must be committed separately. Returns false if there is none.
    /// </summary>
    public bool Remove(RequestId requestId)
    {
        if (_withRows.Remove(requestId))
            return true;
        for (var node = _isolated.First; node is not null; node = node.Next)
        {
            if (node.Value.RequestId != requestId)
                continue;
            _isolated.Remove(node);
            return true;
        }
        return false;
    }

    /// <summary>
    /// Removes every request that must fail fast while the store is unavailable, including those waiting for a row
    /// read.
    /// </summary>
    public IReadOnlyList<PendingCommand> TakeRejectable()
    {
        var rejected = new List<PendingCommand>();
        while (mailbox.TryTake(isInternal: false, out var pending))
            rejected.Add(pending);
        for (var node = _isolated.First; node is not null;)
        {
            var (isolated, next) = (node, node.Next);
            if (!isolated.Value.Command.SurvivesOutage)
            {
                rejected.Add(isolated.Value);
                _isolated.Remove(isolated);
            }
            node = next;
        }
        rejected.AddRange(_withRows.Values);
        _withRows.Clear();
        _rowsRead.Clear();
        return rejected;
    }

    /// <summary>
    /// Isolates the cause after the store rejected these commands. If there are several, they are retried one per
    /// batch. A single worker message is split into its outcomes, and the outcome that cannot be stored is recorded
    /// without its result; any other single command is rejected. Returns false if there is no command to isolate. The
    /// responses to publish now are added to <paramref name="answered"/>.
    /// </summary>
    public bool RetryIndividually(
        IReadOnlyList<PendingCommand> commands,
        Reason reason,
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
        // Ticks and the parts of a split message have no caller. A rejected tick is not retried: the next tick does the
        // same work.
        else if (commands[0].RequestId != default)
            answers.Add(
                (
                    commands[0].RequestId,
                    new Response.Rejected(
                        new Rejection(RejectionKind.Unstorable, Reason.Of($"The store rejected this request: {reason}"))
                    )
                )
            );

        // Commands that are waiting for rows relied on the discarded broker state and are rejected, except those that
        // were isolated earlier. Commands in the mailbox have not been applied yet and stay there.
        var isolated = _isolated.Concat(_withRows.Values.Where(pending => pending.CommitAlone)).ToList();
        foreach (var pending in _withRows.Values.Where(pending => !pending.CommitAlone))
            answers.Add(
                (
                    pending.RequestId,
                    new Response.Rejected(
                        new Rejection(
                            RejectionKind.Unavailable,
                            Reason.Of($"The store rejected a batch, and the server is reloading its state: {reason}")
                        )
                        {
                            RetryAfter = TimeSpan.FromSeconds(1),
                        }
                    )
                )
            );
        _withRows.Clear();
        _rowsRead.Clear();
        _isolated.Clear();
        foreach (var pending in again.Concat(isolated))
            _isolated.AddLast(WithoutRows(pending) with { CommitAlone = true });
        return true;
    }

    private bool TryTakeIsolated(out PendingCommand pending)
    {
        pending = default;
        if (_isolated.First is not { } first)
            return false;
        pending = first.Value;
        _isolated.RemoveFirst();
        _lastWasIsolated = true;
        return true;
    }

    private bool TryTakeOrdinary(out PendingCommand pending)
    {
        if (_internalInARow < InternalCommandsPerClientRequest && TryTakeInternal(out pending))
            return true;
        _internalInARow = 0;
        return TryTakeResumed(out pending)
            || mailbox.TryTake(isInternal: false, out pending)
            || TryTakeInternal(out pending);
    }

    private bool TryTakeInternal(out PendingCommand pending)
    {
        if (!mailbox.TryTake(isInternal: true, out pending))
            return false;
        _internalInARow++;
        return true;
    }

    private bool TryTakeResumed(out PendingCommand pending)
    {
        while (_rowsRead.TryDequeue(out var requestId))
            if (_withRows.Remove(requestId, out pending))
                return true;
        pending = default;
        return false;
    }

    /// <summary>
    /// Removes the rows of a command. The new broker has no pending reads, so the command must request its rows again.
    /// </summary>
    private static PendingCommand WithoutRows(PendingCommand pending) =>
        pending with
        {
            Command = pending.Command.WithoutRows,
        };
}
