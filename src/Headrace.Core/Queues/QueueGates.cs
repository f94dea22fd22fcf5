namespace Headrace.Core.Queues;

/// <summary>The reasons why no job in a queue can be claimed. A queue to which none of them applies is open.</summary>
[Flags]
internal enum QueueGates : byte
{
    None = 0,

    /// <summary>An operator paused the queue.</summary>
    Paused = 1,

    /// <summary>Ended jobs exceed their limit, and none of them can be deleted yet (R14).</summary>
    ResultRoom = 2,
}
