using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Headrace.Core;
using Headrace.Server.Shards;

namespace Headrace.Server.Hosting;

/// <summary>
/// The inbox of the shard and the callers that wait for answers. Requests use one side of it, the
/// <see cref="ShardLoop"/> the other.
/// Bounded: a command beyond <see cref="Capacity"/> waits in its request for a place. What it carries is bounded where
/// its bytes are read, before it comes here (R13).
/// </summary>
internal sealed class ShardMailbox : IShardMailbox
{
    /// <summary>Commands in the inbox: four full batches.</summary>
    public const int Capacity = 4 * Limits.CommandsPerBatch;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly Channel<Envelope> _requests = Channel.CreateBounded<Envelope>(
        new BoundedChannelOptions(Capacity) { SingleReader = true }
    );
    private readonly ConcurrentDictionary<RequestId, TaskCompletionSource<Response>> _callers = new();

    /// <summary>
    /// Tickets whose callers have gone and that the loop has not heard of; never more than there were callers.
    /// </summary>
    private readonly ConcurrentQueue<RequestId> _abandoned = new();

    private long _lastRequestId;

    /// <summary>Why nothing is taken; null while the door is open. Written by the loop and by the stop.</summary>
    private volatile string? _closed = "The server is loading its store.";

    /// <summary>Why no jobs are taken; null while they are. Written by the stop.</summary>
    private volatile string? _closedToClients;

    /// <summary>A command on its way to the shard; without one it only wakes the loop.</summary>
    public readonly record struct Envelope(RequestId Ticket, Command? Command);

    public ChannelReader<Envelope> Requests => _requests.Reader;

    /// <summary>
    /// Why the store takes no commit now; null while it does. For readiness alone: the shard itself sends callers away.
    /// Written by the loop.
    /// </summary>
    public volatile string? Trouble;

    /// <summary>
    /// Why no jobs are taken for want of room; null while there is some. For readiness alone. Written by the watch of
    /// the room.
    /// </summary>
    public volatile string? NoRoom;

    /// <summary>Callers that wait for an answer, parked ones included.</summary>
    public int WaitingCount => _callers.Count;

    /// <summary>Why jobs are not taken; null while they are.</summary>
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

    /// <summary>
    /// Takes the next command out of the inbox; one whose caller has gone is passed over, as if it had never come.
    /// </summary>
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

    /// <summary>Wakes the loop. Into a full inbox nothing needs to go: the loop is awake.</summary>
    public void Wake() => _requests.Writer.TryWrite(default);

    public void Open() => _closed = null;

    /// <summary>Takes no more jobs; outcomes, looks and everything else still come through.</summary>
    public void CloseToClients(string why) => _closedToClients = why;

    /// <summary>Takes nothing any more; the loop ends once the inbox is empty.</summary>
    public void Close(string why)
    {
        _closed ??= why;
        _requests.Writer.TryComplete();
    }

    /// <summary>Sends away everybody who still waits. The loop has ended.</summary>
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
