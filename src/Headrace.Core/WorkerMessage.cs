using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;

namespace Headrace.Core;

/// <summary>The fields shared by exchanges and reports.</summary>
internal sealed record WorkerMessage(LeaseHolder Sender)
{
    /// <summary>
    /// The store that the worker belongs to; null until the worker has received its first reply (R9).
    /// </summary>
    public StoreId? Store { get; init; }

    public string Pool { get; init; } = "";

    /// <summary>
    /// The only pool whose workers may send messages with the sender's key; null if the key is not limited to a pool.
    /// </summary>
    public string? PoolOfKey { get; init; }

    public int Slots { get; init; }
    public int Prefetch { get; init; }

    /// <summary>Number of free slots that no job of several slots can occupy; see <see cref="Worker"/>.</summary>
    public int SharedSlots { get; init; }

    /// <summary>The methods the worker offers; empty in a report that does not change them.</summary>
    public IReadOnlyList<Offer> Offers { get; init; } = [];

    public IReadOnlyList<Outcome> Outcomes { get; init; } = [];
    public IReadOnlyList<LogLines> Logs { get; init; } = [];

    public long SizeBytes
    {
        get
        {
            var bytes = 256L;
            foreach (var outcome in Outcomes)
                bytes += 128 + outcome.Result.Length;
            foreach (var log in Logs)
                bytes += log.Lines.Length;
            return bytes;
        }
    }
}

/// <summary>
/// A method offered by a worker. Either schema may be empty if the store knows it from an earlier offer (R22).
/// </summary>
internal sealed record Offer(MethodName Method, int Version, string Schema)
{
    public LossPolicy LossPolicy { get; init; } = LossPolicy.Default;

    /// <summary>JSON Schema of the result, as text; empty if the method declares none.</summary>
    public string ResultSchema { get; init; } = "";

    /// <summary>Number of worker slots that one attempt occupies.</summary>
    public int Slots { get; init; } = 1;

    /// <summary>
    /// The members of the retry policy that the method specifies. They apply to jobs that do not specify their own.
    /// </summary>
    public RetryOptions Retry { get; init; } = RetryOptions.None;

    /// <summary>
    /// Free-text description of the hardware or runtime the method uses on this worker; may be empty.
    /// </summary>
    public string RuntimeInfo { get; init; } = "";

    /// <summary>
    /// The reason why the worker currently cannot run the method; empty if it can. The worker is assigned no jobs of
    /// the method.
    /// </summary>
    public string Unavailable { get; init; } = "";
}

/// <summary>
/// An entry in a worker's lease list: a lease whose outcome is not yet acknowledged. Finished jobs are also listed,
/// because the broker requeues the job of any lease that is missing from the list (R6).
/// </summary>
/// <param name="Lease">The lease.</param>
/// <param name="Started">Whether the run has started.</param>
/// <param name="Finished">Whether the run has ended.</param>
/// <param name="Progress">The progress; null if the run has not reported any.</param>
/// <param name="StartedAt">When the run started, by the clock of the worker; null if it did not say so.</param>
internal readonly record struct HeldLease(
    LeaseToken Lease,
    bool Started,
    bool Finished,
    Progress? Progress,
    Instant? StartedAt = null
);

/// <summary>Log lines written by a running attempt, in UTF-8.</summary>
internal readonly record struct LogLines(LeaseToken Lease, ReadOnlyMemory<byte> Lines);

/// <summary>The incarnation that a joining worker replaces, and how that incarnation ended (R9).</summary>
internal sealed record Predecessor(Incarnation Incarnation, ExitKind ExitKind);

/// <summary>How a worker process ended.</summary>
internal enum ExitKind : byte
{
    /// <summary>The process was terminated by a signal or a fault that the server did not cause.</summary>
    Signal = 1,

    /// <summary>The process exited without a request from the server.</summary>
    Exit = 2,

    /// <summary>
    /// The process ended after a terminate, drain or stop instruction, or the server killed it after such an
    /// instruction. This is not a crash (R10).
    /// </summary>
    Ended = 3,
}
