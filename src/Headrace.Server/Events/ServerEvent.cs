using System.Text.Json;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Queues;
using Headrace.Protocol.Json;
using Headrace.Server.Jobs;

namespace Headrace.Server.Events;

/// <summary>
/// A committed change, numbered in the order of the commits. All readers share one object and its text, which is
/// written when the first reader needs it.
/// </summary>
internal abstract class ServerEvent(long number)
{
    private byte[]? _frame;

    public long Number { get; } = number;

    /// <summary>
    /// The hash of the job's queue; 0 for an event that does not belong to a job. A reader of one queue compares this
    /// hash first, so that it can skip the events of other queues without reading them completely.
    /// </summary>
    public int QueueHash { get; protected init; }

    /// <summary>The hash of the queue that a job has left; 0 if it has not changed its queue.</summary>
    public int PreviousQueueHash { get; protected init; }

    /// <summary>The name of the event on the wire.</summary>
    public abstract string Kind { get; }

    /// <summary>
    /// Returns the text of the event. If two readers create it at the same time, both get the same text.
    /// </summary>
    /// <param name="run">The run of the server, which is the same in each call.</param>
    public ReadOnlySpan<byte> FrameOf(uint run) => _frame ??= EventFrame.Of(new EventId(run, Number), Kind, ToJson());

    public abstract byte[] ToJson();

    /// <summary>Returns the event for an effect; null for effects that are not published.</summary>
    public static ServerEvent? Of(Effect effect, long number, Instant now) =>
        effect switch
        {
            Effect.JobMoved moved => new OfJob(number, "job", Compact(moved.Job), moved.At)
            {
                From = moved.From,
                Ended = moved.Ended is { } row ? Compact(row) : null,
            },
            Effect.JobChangedQueue changed => new OfJob(number, "job", Compact(changed.Job), changed.At, changed.From),
            Effect.QueueChanged changed => new OfQueue(number, changed, now),
            Effect.JobProgressed progressed => new OfJob(number, "progress", Compact(progressed.Job), progressed.At),
            Effect.JobLogged logged => new OfJob(number, "log", Compact(logged.Job), logged.At),
            Effect.WorkerJoined joined => new OfWorker(
                number,
                new WorkerEventReply(joined.Worker.Worker.Text, "joined", now.ToDateTimeOffset()) { Pool = joined.Pool }
            ),
            Effect.WorkerDraining draining => new OfWorker(
                number,
                new WorkerEventReply(draining.Worker.Worker.Text, "draining", now.ToDateTimeOffset())
            ),
            Effect.WorkerDisconnected gone => new OfWorker(
                number,
                new WorkerEventReply(gone.Worker.Worker.Text, "disconnected", now.ToDateTimeOffset())
                {
                    Reason = gone.Reason,
                    Leases = gone.Leases,
                }
            ),
            Effect.WorkerRejected rejected => new OfWorker(
                number,
                new WorkerEventReply(rejected.Worker.Worker.Text, "rejected", now.ToDateTimeOffset())
                {
                    Reason = rejected.Reason,
                }
            ),
            _ => null,
        };

    /// <summary>
    /// Omits the params, because thousands of events are kept in memory and the JSON of an event does not contain them.
    /// </summary>
    private static JobRow Compact(JobRow row) =>
        row.Spec.Params.Length == 0 ? row : row with { Spec = row.Spec with { Params = [] } };

    /// <summary>Omits the params and the error detail, which can be long.</summary>
    private static DoneRow Compact(DoneRow row) =>
        row with
        {
            Job = Compact(row.Job),
            Error = row.Error is { } error ? error with { Message = Clip(error.Message), Detail = null } : null,
        };

    private static string Clip(string text) => text.Length <= MaxMessage ? text : text[..MaxMessage] + "…";

    /// <summary>Maximum number of characters in an error message. The job contains the complete message.</summary>
    private const int MaxMessage = 1_000;

    /// <summary>A change to a job, its progress or its log.</summary>
    public sealed class OfJob : ServerEvent
    {
        private readonly Instant _at;

        public OfJob(long number, string kind, JobRow job, Instant at, QueueName? previousQueue = null)
            : base(number)
        {
            (Kind, Job, From, _at, PreviousQueue) = (kind, job, job.Status.State, at, previousQueue);
            QueueHash = job.Spec.Queue.GetHashCode();
            PreviousQueueHash = previousQueue?.GetHashCode() ?? 0;
        }

        public override string Kind { get; }

        public JobRow Job { get; }

        /// <summary>The previous state; for progress and logs, the current state.</summary>
        public JobState From { get; init; }

        /// <summary>The queue that the job has left; null if it has not changed its queue.</summary>
        public QueueName? PreviousQueue { get; }

        /// <summary>The ended job; null if it has not ended.</summary>
        public DoneRow? Ended { get; init; }

        /// <summary>A child whose parent did not succeed no longer exists, so it has no state.</summary>
        private static string NameOf(JobState state) => state == JobState.None ? "removed" : state.ToWireName();

        public override byte[] ToJson()
        {
            var (spec, status) = (Job.Spec, Job.Status);
            return JsonSerializer.SerializeToUtf8Bytes(
                new JobEventReply(Job.Id.ToString(), NameOf(status.State), _at.ToDateTimeOffset())
                {
                    Previous = From == JobState.None || From == status.State ? null : From.ToWireName(),
                    PreviousQueue = PreviousQueue?.Text,
                    Queue = spec.Queue.Text,
                    Method = spec.Method.Text,
                    Owner = spec.Owner,
                    Attempt = status.Attempt,
                    Worker =
                        status.State == JobState.Running || (status.State.IsEnded() && status.Attempt > 0)
                            ? status.Holder.Worker.Text
                            : null,
                    Reason = Ended is { Reason: not FailReason.None and var reason } ? reason.ToWireName() : null,
                    Error = JobView.Of(Ended?.Error),
                    Progress = JobView.Of(Job.Progress),
                    ScheduledAt = status.State == JobState.Scheduled ? status.ScheduledAt.ToDateTimeOffset() : null,
                },
                HeadraceJson.Default.JobEventReply
            );
        }
    }

    /// <summary>The settings of a queue changed.</summary>
    public sealed class OfQueue : ServerEvent
    {
        private readonly QueueEventReply _reply;

        public OfQueue(long number, Effect.QueueChanged changed, Instant now)
            : base(number)
        {
            Queue = changed.Queue;
            QueueHash = Queue.GetHashCode();
            _reply = new QueueEventReply(Queue.Text, ChangeOf(changed.Before, changed.After), now.ToDateTimeOffset())
            {
                By = changed.After.ChangedBy,
            };
        }

        public override string Kind => "queue";

        public QueueName Queue { get; }

        public override byte[] ToJson() =>
            JsonSerializer.SerializeToUtf8Bytes(_reply, HeadraceJson.Default.QueueEventReply);

        private static string ChangeOf(QueueSettings before, QueueSettings after) =>
            after.Paused && !before.Paused ? "paused"
            : after.Draining && !before.Draining ? "draining"
            : before.Paused != after.Paused || before.Draining != after.Draining ? "resumed"
            : "changed";
    }

    /// <summary>A pool changed its size, or a process of one of its workers started or exited.</summary>
    public sealed class OfPool(long number, PoolEventReply pool) : ServerEvent(number)
    {
        public override string Kind => "pool";

        public override byte[] ToJson() =>
            JsonSerializer.SerializeToUtf8Bytes(pool, HeadraceJson.Default.PoolEventReply);
    }

    /// <summary>A worker joined, receives no more jobs, or left.</summary>
    public sealed class OfWorker(long number, WorkerEventReply worker) : ServerEvent(number)
    {
        public override string Kind => "worker";

        public override byte[] ToJson() =>
            JsonSerializer.SerializeToUtf8Bytes(worker, HeadraceJson.Default.WorkerEventReply);
    }

    /// <summary>A webhook was paused, resumed or disabled.</summary>
    public sealed class OfWebhook(long number, WebhookEventReply webhook) : ServerEvent(number)
    {
        public override string Kind => "webhook";

        public QueueName Queue { get; } = new(webhook.Queue);

        public override byte[] ToJson() =>
            JsonSerializer.SerializeToUtf8Bytes(webhook, HeadraceJson.Default.WebhookEventReply);
    }
}
