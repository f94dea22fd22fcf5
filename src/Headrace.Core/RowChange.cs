namespace Headrace.Core;

/// <summary>
/// One change to the store. A journal applies a batch's changes all or not at all, and adds no rules of its own.
/// </summary>
internal abstract record RowChange
{
    /// <summary>Insert an unfinished job.</summary>
    public sealed record JobAdded(JobRow Row) : RowChange;

    /// <summary>Replace the changing columns of an unfinished job.</summary>
    public sealed record JobChanged(JobRow Row) : RowChange;

    /// <summary>Insert an ended job; <paramref name="WasStored"/> when its unfinished row must go.</summary>
    public sealed record JobEnded(DoneRow Row, bool WasStored) : RowChange;

    public sealed record PayloadAdded(PayloadRow Row) : RowChange;

    /// <summary>
    /// Insert the end of an attempt, or replace it: one that was lost by silence and taken back ends again (R11).
    /// </summary>
    public sealed record AttemptAdded(AttemptRow Row) : RowChange;

    /// <summary>Insert or replace the log tail of one attempt.</summary>
    public sealed record LogPut(LogRow Row) : RowChange;

    public sealed record WorkerPut(WorkerRow Row) : RowChange;

    public sealed record WorkerGone(WorkerName Name) : RowChange;

    public sealed record MethodPut(MethodRow Row) : RowChange;

    /// <summary>Insert an idempotency key.</summary>
    public sealed record KeyAdded(KeyRow Row) : RowChange;

    public sealed record FeedPut(FeedRow Row) : RowChange;

    /// <summary>Insert a range, or replace the one that begins at the same number.</summary>
    public sealed record FeedRangePut(FeedRangeRow Row) : RowChange;

    public sealed record FeedRangeGone(FeedName Feed, long From) : RowChange;

    public sealed record CounterPut(CounterRow Row) : RowChange;
}
