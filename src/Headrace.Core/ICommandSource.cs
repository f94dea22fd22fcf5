namespace Headrace.Core;

/// <summary>
/// The mailbox as the shard sees it. The shard takes commands only while it builds a batch, so a command waits in the
/// mailbox until its batch is built.
/// </summary>
internal interface ICommandSource
{
    /// <summary>Number of waiting worker messages and server commands.</summary>
    int InternalCount { get; }

    /// <summary>Number of all waiting commands.</summary>
    int Count { get; }

    /// <summary>
    /// Takes the oldest waiting internal command or, if <paramref name="isInternal"/> is false, the oldest client
    /// request. Returns false if none is waiting.
    /// </summary>
    bool TryTake(bool isInternal, out PendingCommand pending);
}
