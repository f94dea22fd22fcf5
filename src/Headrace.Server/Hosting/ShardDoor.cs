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
internal sealed class ShardDoor : IShardDoor
{
    /// <summary>Commands in the inbox: four full batches.</summary>
    public const int Capacity = 4 * Limits.CommandsPerBatch;

    private static readonly TimeSpan SoonAgain = TimeSpan.FromSeconds(1);

    private readonly Channel<Call> _inbox = Channel.CreateBounded<Call>(
        new BoundedChannelOptions(Capacity) { SingleReader = true }
    );
    private readonly ConcurrentDictionary<Ticket, TaskCompletionSource<Answer>> _callers = new();

    /// <summary>
    /// Tickets whose callers have gone and that the loop has not heard of; never more than there were callers.
    /// </summary>
    private readonly ConcurrentQueue<Ticket> _gone = new();

    private long _lastTicket;

    /// <summary>Why nothing is taken; null while the door is open. Written by the loop and by the stop.</summary>
    private volatile string? _closed = "The server is loading its store.";

    /// <summary>Why no jobs are taken; null while they are. Written by the stop.</summary>
    private volatile string? _closedToJobs;

    /// <summary>A command on its way to the shard; without one it only wakes the loop.</summary>
    public readonly record struct Call(Ticket Ticket, Command? Command);

    public ChannelReader<Call> Inbox => _inbox.Reader;

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
    public int Waiting => _callers.Count;

    /// <summary>Why jobs are not taken; null while they are.</summary>
    public string? ClosedWhy => _closed ?? _closedToJobs ?? NoRoom ?? Trouble;

    public async Task<Answer> AskAsync(Command command, CancellationToken cancellationToken)
    {
        if (_closed is { } closed)
            throw new DoorClosedException(closed, SoonAgain);
        if (command is Command.Submit && _closedToJobs is { } stopping)
            throw new DoorClosedException(stopping, SoonAgain);

        var ticket = new Ticket(Interlocked.Increment(ref _lastTicket));
        var caller = new TaskCompletionSource<Answer>(TaskCreationOptions.RunContinuationsAsynchronously);
        _callers[ticket] = caller;
        await using var gone = cancellationToken.UnsafeRegister(
            static (state, token) =>
            {
                var (door, ticket) = ((ShardDoor, Ticket))state!;
                door.Forget(ticket, token);
            },
            (this, ticket)
        );
        try
        {
            await _inbox.Writer.WriteAsync(new Call(ticket, command), cancellationToken);
        }
        catch (Exception notTaken) when (notTaken is ChannelClosedException or OperationCanceledException)
        {
            _callers.TryRemove(ticket, out _);
            if (notTaken is ChannelClosedException)
                throw new DoorClosedException(_closed ?? "The server is stopping.", SoonAgain);
            throw;
        }
        return await caller.Task;
    }

    /// <summary>
    /// Takes the next command out of the inbox; one whose caller has gone is passed over, as if it had never come.
    /// </summary>
    public bool TryTake(out Ticket ticket, [NotNullWhen(true)] out Command? command)
    {
        while (_inbox.Reader.TryRead(out var call))
        {
            (ticket, command) = call;
            if (command is null)
                continue;
            if (_callers.ContainsKey(ticket))
                return true;
        }
        (ticket, command) = (default, null);
        return false;
    }

    public bool TryTakeGone(out Ticket ticket) => _gone.TryDequeue(out ticket);

    public void Answer(Ticket ticket, Answer answer)
    {
        if (_callers.TryRemove(ticket, out var caller))
            caller.TrySetResult(answer);
    }

    /// <summary>Wakes the loop. Into a full inbox nothing needs to go: the loop is awake.</summary>
    public void Knock() => _inbox.Writer.TryWrite(default);

    public void Open() => _closed = null;

    /// <summary>Takes no more jobs; outcomes, looks and everything else still come through.</summary>
    public void CloseToJobs(string why) => _closedToJobs = why;

    /// <summary>Takes nothing any more; the loop ends once the inbox is empty.</summary>
    public void CloseForGood(string why)
    {
        _closed ??= why;
        _inbox.Writer.TryComplete();
    }

    /// <summary>Sends away everybody who still waits. The loop has ended.</summary>
    public void SendAway(string why)
    {
        CloseForGood(why);
        foreach (var ticket in _callers.Keys)
            if (_callers.TryRemove(ticket, out var caller))
                caller.TrySetException(new DoorClosedException(why, SoonAgain));
    }

    private void Forget(Ticket ticket, CancellationToken token)
    {
        if (!_callers.TryRemove(ticket, out var caller))
            return;
        _gone.Enqueue(ticket);
        caller.TrySetCanceled(token);
    }
}
