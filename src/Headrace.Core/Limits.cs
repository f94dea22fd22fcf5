namespace Headrace.Core;

/// <summary>Fixed limits that are part of the rules. Configurable limits are in the options.</summary>
internal static class Limits
{
    /// <summary>Maximum number of commands in a batch (R1).</summary>
    public const int CommandsPerBatch = 2_048;

    /// <summary>Maximum size of a batch in bytes (R1).</summary>
    public const long BytesPerBatch = 8 << 20;

    /// <summary>
    /// Once the bodies and parameters granted to an exchange exceed this size, the exchange is granted no further
    /// leases (R15). The size of a reply therefore exceeds the limit by at most one job, regardless of the capacity
    /// that the worker reports. The limit applies to the claim rather than the reply, because a lease omitted from a
    /// reply would have to be requeued and claimed again.
    /// </summary>
    public const long BytesPerReply = 8 << 20;

    /// <summary>
    /// An exchange with more bytes than this is answered at once rather than parked (R7). Its data stays in memory
    /// until the reply and counts against the budget for worker messages.
    /// </summary>
    public const int ParkedBytes = 16 << 10;

    /// <summary>Maximum number of jobs that one command can change (R3).</summary>
    public const int JobsPerCommand = 1_000;

    /// <summary>
    /// Maximum number of ended jobs that one command deletes. The commit takes about 20 µs of CPU time per job, so it
    /// delays other commands by about 2 ms.
    /// </summary>
    public const int JobsPerDeletion = 100;

    /// <summary>
    /// Maximum number of queues with unfinished jobs. Each queue is bounded, so this also limits their total size.
    /// </summary>
    public const int Queues = 10_000;

    /// <summary>
    /// Maximum number of method versions, and the maximum total size of their schemas in bytes. Methods are never
    /// removed (R22), so all of them stay in memory and appear in every list of methods.
    /// </summary>
    public const int MethodVersions = 10_000;
    public const long MethodSchemaBytes = 64 << 20;

    /// <summary>
    /// Maximum number of workers. They and their offers are in memory, and a worker that does not respond is removed
    /// only after its lease.
    /// </summary>
    public const int Workers = 10_000;

    /// <summary>
    /// Maximum number of worker slots that one job can occupy. It equals the number of slots that an SDK worker can
    /// have.
    /// </summary>
    public const int SlotsPerJob = 1_024;

    /// <summary>Maximum length of the reason why a worker currently cannot run a method.</summary>
    public const int UnavailableLength = 1_000;

    /// <summary>
    /// Maximum number of leases per worker. When a worker ends, all jobs it holds change in one command, so this equals
    /// the limit per command (R3).
    /// </summary>
    public const int LeasesPerWorker = JobsPerCommand;

    /// <summary>
    /// Maximum number of children that wait for all attempts of one worker together, and the maximum size of their
    /// bodies and params in bytes. All of them are released or removed in one command when the worker ends (R3, R13).
    /// Removing 64 MB takes about 50 ms.
    /// </summary>
    public const int ChildrenPerWorker = JobsPerCommand;
    public const long ChildBytesPerWorker = 64 << 20;

    /// <summary>
    /// Maximum size of a body or result in bytes. Each is stored as one row; larger payloads are not supported yet
    /// (R15).
    /// </summary>
    public const int InlineBytes = 1 << 20;

    /// <summary>
    /// Maximum size in bytes of params that stay in memory while their job is unfinished. Longer params are stored with
    /// the body (R13). The cost of reading a payload outweighs the 2 KB of memory saved, and typical params are
    /// shorter.
    /// </summary>
    public const int ResidentParamsBytes = 2 << 10;

    /// <summary>Number of result bytes that a claim reserves if the method does not declare a maximum (R13).</summary>
    public const long DefaultMaxResult = 1 << 20;

    /// <summary>Maximum number of feeds.</summary>
    public const int Feeds = 1_000;

    /// <summary>Maximum number of feeds per queue. Each of them is notified when a job ends.</summary>
    public const int FeedsPerQueue = 16;

    /// <summary>
    /// Maximum number of deliveries of a feed that consumers can hold at the same time. Further pulls wait, so that a
    /// consumer that never acknowledges cannot fill the memory.
    /// </summary>
    public const int LeasedDeliveries = 10_000;

    /// <summary>Maximum size of the stored log tail of an attempt, in bytes.</summary>
    public const int LogTailBytes = 64 << 10;

    /// <summary>Maximum number of tags per job.</summary>
    public const int MaxTags = 16;

    /// <summary>Maximum number of characters in a tag.</summary>
    public const int MaxTagLength = 64;

    /// <summary>
    /// Maximum number of requests that can wait for jobs at the same time. Further requests are answered without
    /// waiting.
    /// </summary>
    public const int Waiters = 10_000;
}
