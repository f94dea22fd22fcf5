using Headrace.Core.Jobs;
using Headrace.Core.Registry;
using Headrace.Core.Retention;
using Headrace.Core.Sweeps;

namespace Headrace.Core;

/// <summary>
/// One change to the store. A job store applies all changes of a batch atomically and contains no rules.
/// </summary>
internal abstract record RowChange
{
    /// <summary>Inserts an unfinished job.</summary>
    public sealed record JobAdded(JobRow Row) : RowChange;

    /// <summary>Replaces the mutable columns of an unfinished job.</summary>
    public sealed record JobChanged(JobRow Row) : RowChange;

    /// <summary>
    /// Inserts an ended job. If <paramref name="WasStored"/> is set, the row of the unfinished job is deleted.
    /// </summary>
    public sealed record JobEnded(DoneRow Row, bool WasStored) : RowChange
    {
        /// <summary>
        /// True if the stored row of the unfinished job has the same status except for the state, and the job ended
        /// without error, result and metrics. A store can then copy the status instead of writing it.
        /// </summary>
        public bool OnlyStateChanged { get; init; }

        /// <summary>Returns whether <see cref="OnlyStateChanged"/> is true of this stored row.</summary>
        public bool ChangesOnlyStateOf(JobRow stored) =>
            Row is { Error: null, Metrics: null, ResultBytes: 0 }
            && (stored.Status with { State = Row.Job.Status.State }).Equals(Row.Job.Status);
    }

    /// <summary>
    /// Deletes an ended job and everything that belongs to it: its payloads, attempts, logs and idempotency keys. The
    /// job must exist with this completion number.
    /// </summary>
    public sealed record JobDeleted(EndedJob Job) : RowChange;

    /// <summary>
    /// Deletes an unfinished job that has never run, which must exist, with its body and its tags.
    /// </summary>
    public sealed record JobRemoved(JobId Job, JobTags Tags) : RowChange;

    /// <summary>
    /// Turns the row of an ended job back into the row of an unfinished job, with its body. A
    /// <see cref="JobChanged"/> or <see cref="JobEnded"/> in the same batch contains the new mutable columns.
    /// </summary>
    public sealed record JobReadmitted(JobId Job, long CompletionNumber) : RowChange;

    /// <summary>Changes the queue and the priority of an unfinished job.</summary>
    public sealed record JobRequeued(JobId Job, QueueName Queue, int Priority) : RowChange;

    /// <summary>Inserts or replaces a sweep.</summary>
    public sealed record SweepPut(SweepRow Row) : RowChange;

    /// <summary>Deletes a sweep, which must exist.</summary>
    public sealed record SweepRemoved(long Sweep) : RowChange;

    public sealed record PayloadAdded(PayloadRow Row) : RowChange;

    /// <summary>
    /// Inserts or replaces the row of an ended attempt. An attempt can end twice, because it can be resumed after its
    /// lease expired (R11).
    /// </summary>
    public sealed record AttemptAdded(AttemptRow Row) : RowChange;

    /// <summary>Inserts or replaces the log tail of one attempt.</summary>
    public sealed record LogPut(LogRow Row) : RowChange;

    public sealed record WorkerPut(WorkerRow Row) : RowChange;

    public sealed record WorkerRemoved(WorkerName Name) : RowChange;

    public sealed record MethodPut(MethodRow Row) : RowChange;

    /// <summary>Inserts an idempotency key.</summary>
    public sealed record KeyAdded(KeyRow Row) : RowChange;

    public sealed record FeedPut(FeedRow Row) : RowChange;

    /// <summary>Deletes a feed, which must exist. Its ranges have already been deleted.</summary>
    public sealed record FeedRemoved(FeedName Feed) : RowChange;

    /// <summary>Deletes all ranges of a feed, regardless of their number.</summary>
    public sealed record FeedRangesRemoved(FeedName Feed) : RowChange;

    /// <summary>Inserts a range, or replaces the range with the same start.</summary>
    public sealed record FeedRangePut(FeedRangeRow Row) : RowChange;

    public sealed record FeedRangeRemoved(FeedName Feed, long From) : RowChange;

    public sealed record CounterPut(CounterRow Row) : RowChange;

    /// <summary>Inserts or replaces a registry document.</summary>
    public sealed record DocumentPut(RegistryDocument Row) : RowChange;

    /// <summary>Deletes a document, which must exist.</summary>
    public sealed record DocumentRemoved(string Kind, string Id) : RowChange;

    /// <summary>Inserts or replaces a registry record.</summary>
    public sealed record RecordPut(RegistryRecord Row) : RowChange;

    /// <summary>Deletes a record, if it exists.</summary>
    public sealed record RecordRemoved(string Kind, string Id) : RowChange;
}
