namespace Headrace.Core;

/// <summary>
/// The commands that wait for the shard: one queue for worker messages and the server's own commands, and one for
/// client requests. Both are bounded. The shard takes internal commands first, so that a flood of submissions cannot
/// delay lease renewals (R8).
/// </summary>
internal sealed class CommandQueue(int capacity = CommandQueue.DefaultCapacity) : ICommandSource
{
    /// <summary>
    /// Maximum number of commands in each of the two queues: eight full batches. The size of the command data is
    /// limited earlier, when a request body is read (R13).
    /// </summary>
    public const int DefaultCapacity = 8 * Limits.CommandsPerBatch;

    private readonly Queue<PendingCommand> _internal = [];
    private readonly Queue<PendingCommand> _clients = [];

    public int InternalCount => _internal.Count;

    public int Count => _internal.Count + _clients.Count;

    /// <summary>Adds a command. Returns false if the queue for this kind of command is full.</summary>
    public bool TryAdd(in PendingCommand pending)
    {
        var queue = QueueFor(pending.Command.IsInternal);
        if (queue.Count >= capacity)
            return false;
        queue.Enqueue(pending);
        return true;
    }

    public bool TryTake(bool isInternal, out PendingCommand pending) => QueueFor(isInternal).TryDequeue(out pending);

    private Queue<PendingCommand> QueueFor(bool isInternal) => isInternal ? _internal : _clients;
}
