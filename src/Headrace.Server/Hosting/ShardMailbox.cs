using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Headrace.Core;
using Headrace.Server.Shards;

namespace Headrace.Server.Hosting;

/// <summary>
/// Holds the commands for the shard and the callers that wait for responses. Requests add commands, and the
/// <see cref="ShardLoop"/> takes them. The mailbox is bounded: if it already contains <see cref="Capacity"/> commands,
/// a request waits before it adds another. The size of the command data is limited earlier, when a request body is read
/// (R13).
/// </summary>
internal sealed class ShardMailbox : IShardMailbox
{
    /// <summary>Maximum number of commands in the mailbox: four full batches.</summary>
    public const int Capacity = 4 * Limits.CommandsPerBatch;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly Channel<Envelope> _requests = Channel.CreateBounded<Envelope>(
        new BoundedChannelOptions(Capacity) { SingleReader = true }
    );
    private readonly ConcurrentDictionary<RequestId, TaskCompletionSource<Response>> _callers = new();

    /// <summary>
    /// Ids of requests whose callers have disconnected, until the loop processes them. Their number is bounded by the
    /// number of callers.
    /// </summary>
    private readonly ConcurrentQueue<RequestId> _abandoned = new();

    private long _lastRequestId;

    /// <summary>
    /// Why the mailbox rejects all commands; null while it is open. Written by the loop and by the stop.
    /// </summary>
    private volatile string? _closed = "The server is loading its store.";

    /// <summary>Why new jobs are rejected; null while they are accepted. Written by the stop.</summary>
    private volatile string? _closedToClients;

    /// <summary>A command for the shard. A null command only wakes the loop.</summary>
    public readonly record struct Envelope(RequestId Ticket, Command? Command);

    public ChannelReader<Envelope> Requests => _requests.Reader;

    /// <summary>
    /// Why the store cannot accept commits; null while it can. Used only to report readiness, because the shard itself
    /// rejects requests. Written by the loop.
    /// </summary>
    public volatile string? Trouble;

    /// <summary>
    /// Why jobs are rejected for lack of disk space; null while there is enough. Used only to report readiness. Written
    /// by the disk space monitor.
    /// </summary>
    public volatile string? NoRoom;

    /// <summary>Number of callers that wait for a response, including those parked in the shard.</summary>
    public int WaitingCount => _callers.Count;

    /// <summary>Why jobs are rejected; null while they are accepted.</summary>
    public string? ClosedReason => _closed ?? _closedToClients ?? NoRoom ?? Trouble;

    public async Task<Response> SendAsync(Command command, CancellationToken cancellationToken)
    {
        if (_closed is { } closed)
            throw new MailboxClosedException(closed, RetryDelay);
        if (command is Command.Submit && _closedToClients is { } stopping)
            throw new MailboxClosedException(stopping, RetryDelay);

        var requestId = new RequestId(Interlocked.Increment(ref _lastRequestId));
        var caller = new TaskCompletionSource<Response>(TaskCreationOptions.RunContinuationsAsynchronously);
        _callers[requestId] = caller;
        await using var gone = cancellationToken.UnsafeRegister(
            static (state, token) =>
            {
                var (door, requestId) = ((ShardMailbox, RequestId))state!;
                door.Abandon(requestId, token);
            },
            (this, requestId)
        );
        try
        {
            await _requests.Writer.WriteAsync(new Envelope(requestId, command), cancellationToken);
        }
        catch (Exception notTaken) when (notTaken is ChannelClosedException or OperationCanceledException)
        {
            _callers.TryRemove(requestId, out _);
            if (notTaken is ChannelClosedException)
                throw new MailboxClosedException(_closed ?? "The server is stopping.", RetryDelay);
            throw;
        }
        return await caller.Task;
    }

    /// <summary>Takes the next command from the mailbox and skips commands whose callers have disconnected.</summary>
    public bool TryTake(out RequestId requestId, [NotNullWhen(true)] out Command? command)
    {
        while (_requests.Reader.TryRead(out var call))
        {
            (requestId, command) = call;
            if (command is null)
                continue;
            if (_callers.ContainsKey(requestId))
                return true;
        }
        (requestId, command) = (default, null);
        return false;
    }

    public bool TryTakeAbandoned(out RequestId requestId) => _abandoned.TryDequeue(out requestId);

    public void Complete(RequestId requestId, Response answer)
    {
        if (_callers.TryRemove(requestId, out var caller))
            caller.TrySetResult(answer);
    }

    /// <summary>Wakes the loop. If the mailbox is full, the loop is already awake.</summary>
    public void Wake() => _requests.Writer.TryWrite(default);

    public void Open() => _closed = null;

    /// <summary>Rejects new jobs; outcomes, queries and all other commands are still accepted.</summary>
    public void CloseToClients(string why) => _closedToClients = why;

    /// <summary>Rejects all commands; the loop ends when the mailbox is empty.</summary>
    public void Close(string why)
    {
        _closed ??= why;
        _requests.Writer.TryComplete();
    }

    /// <summary>Fails every waiting caller. Called after the loop has ended.</summary>
    public void FailAll(string why)
    {
        Close(why);
        foreach (var requestId in _callers.Keys)
            if (_callers.TryRemove(requestId, out var caller))
                caller.TrySetException(new MailboxClosedException(why, RetryDelay));
    }

    private void Abandon(RequestId requestId, CancellationToken token)
    {
        if (!_callers.TryRemove(requestId, out var caller))
            return;
        _abandoned.Enqueue(requestId);
        caller.TrySetCanceled(token);
    }
}
