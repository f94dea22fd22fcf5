using Headrace.Core.Explain;
using Headrace.Core.Feeds;
using Headrace.Core.Jobs;
using Headrace.Core.Queues;

namespace Headrace.Core.Retention;

/// <summary>
/// Closes a queue for claims while its ended jobs exceed their limit and none of them can be deleted yet, and opens it
/// again when some have been deleted (R14). The results of running jobs are still recorded.
/// </summary>
internal sealed class ResultRoom(BrokerState state)
{
    /// <summary>Called when a job in the queue has ended.</summary>
    public void OnEnded(QueueName queue, JobState ended, ApplyContext context)
    {
        var histories = state.Histories.GetOrAdd(queue);
        var history = histories[HistoryClasses.Of(ended)];
        history.OnEnded(context.Confirmed);
        if (!histories.IsFull)
            Review(histories, context);
    }

    /// <summary>
    /// Called after a feed has acknowledged or released deliveries, or has been moved or deleted. The jobs that the
    /// feed held back may now be deleted.
    /// </summary>
    public void OnFeedChanged(Feed feed, ApplyContext context)
    {
        if (!state.Histories.TryGet(feed.Queue, out var histories))
            return;
        foreach (var historyClass in QueueHistory.Classes)
            if (histories[historyClass].Hold is { } hold && hold.Feed == feed.Name && !hold.Applies(feed))
                histories[historyClass].Hold = null;
        if (histories.IsFull)
            Review(histories, context);
    }

    /// <summary>Called after ended jobs have been deleted or the limits have changed.</summary>
    public void Review(QueueHistory histories, ApplyContext context)
    {
        var isFull = HasNoRoom(histories, context.Confirmed);
        if (isFull == histories.IsFull)
            return;
        histories.IsFull = isFull;
        if (state.Queues.TryGet(histories.Queue, out var queue))
            queue.SetGate(QueueGates.ResultRoom, isFull);
    }

    /// <summary>Explains why the jobs in a queue are waiting for room for their results.</summary>
    public static string Describe(BrokerState state, QueueHistory histories)
    {
        var historyClass = Array.Find(
            QueueHistory.Classes,
            c => histories[c].Bytes > LimitOf(state, histories, c).MaxBytes
        );
        var (history, limit) = (histories[historyClass], LimitOf(state, histories, historyClass));
        var minimum = state.Options.MinRetention;
        var size =
            $"The {historyClass.ToWireName()} jobs from queue '{histories.Queue}' occupy {history.Bytes} bytes, more "
            + $"than their limit of {limit.MaxBytes}";
        if (history.Hold is { } hold)
            return $"{size}, and feed '{hold.Feed}' has not acknowledged the oldest of them, so they cannot "
                + $"be deleted yet. {Remedy(hold.Feed)}";
        var until = history.OldestNotBefore is { } oldest
            ? $" The oldest of them can be deleted at {JobExplainer.Text(oldest + minimum)}."
            : "";
        return $"{size}, and all of them ended less than {minimum.TotalMinutes:0} minutes "
            + $"ago, so none can be deleted yet.{until} To start jobs earlier, raise the limit: headrace queues set "
            + $"{histories.Queue} --keep-bytes.";
    }

    private static string Remedy(FeedName feed) =>
        feed.Webhook is { } webhook
            ? $"They belong to a webhook; find out why it does not deliver them: headrace webhooks show {webhook}."
        : feed.Bridge is { } bridge
            ? $"They belong to a bridge; find out why it does not publish them: headrace bridges show {bridge}."
        : $"Acknowledge them, for example with headrace results pull --feed {feed}, or delete the feed: headrace "
            + $"feeds delete {feed}.";

    private bool HasNoRoom(QueueHistory histories, Instant now)
    {
        foreach (var historyClass in QueueHistory.Classes)
            if (
                RetentionRule.HasNoRoom(
                    histories[historyClass],
                    LimitOf(state, histories, historyClass),
                    state.Options.MinRetention,
                    now
                )
            )
                return true;
        return false;
    }

    private static RetentionLimit LimitOf(BrokerState state, QueueHistory histories, HistoryClass historyClass) =>
        state.Queues.SettingsOf(histories.Queue).RetentionOf(historyClass);
}
