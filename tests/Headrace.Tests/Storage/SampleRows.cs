using System.Text;
using Headrace.Core;
using Headrace.Core.Dispatch;
using Headrace.Core.Feeds;
using Headrace.Core.Jobs;
using Headrace.Core.Registry;
using Headrace.Core.Results;
using Headrace.Core.Sweeps;

namespace Headrace.Tests.Storage;

/// <summary>
/// Creates rows in which no two fields of the same type are equal, so that swapped columns are detected.
/// </summary>
internal static class SampleRows
{
    public static readonly LeaseHolder Holder = new(
        new WorkerName("host-pool-1"),
        new Incarnation(0xFEDC_BA98_7654_3210)
    );

    public static JobSpec Spec { get; } =
        new()
        {
            Queue = new QueueName("eu"),
            Method = new MethodName("sha512"),
            Version = 2,
            Priority = -3,
            ScheduledAt = new Instant(1_800_000_000_000_004),
            Deadline = new Instant(1_800_000_000_000_005),
            TimeLimit = TimeSpan.FromMicroseconds(6),
            Retry = new RetryPolicy(7, TimeSpan.FromMicroseconds(18), 1.9, TimeSpan.FromMicroseconds(20), 0.21),
            RetryOf = new JobId(22),
            Parent = new ParentAttempt(new LeaseToken(new JobId(118), 119)),
            Params = [8, 0, 255],
            Owner = "owner 9",
            ContentType = "text/x-10",
            BodyBytes = 11,
            Submitted = new Instant(1_800_000_000_000_012),
            Tags = JobTags.Of(["b 13", "a \"14\""]),
            Traceparent = "00-15-16-01",
            PayloadParamsBytes = 17,
        };

    public static JobStatus Progress { get; } =
        new()
        {
            State = JobState.Running,
            StopRequest = StopReason.Timeout,
            Isolated = true,
            Attempt = 20,
            Failures = 21,
            WorkerCrashes = 22,
            LostLeases = 23,
            RanVersion = 24,
            ScheduledAt = new Instant(25),
            ReadySince = new Instant(26),
            Claimed = new Instant(27),
            Holder = Holder,
            GrantedByExchange = 28,
            ReservedBytes = 29,
        };

    public static JobError Error { get; } = new("Type", "Message", "Detail", Retryable: false);

    public static KeyRow Key(string text, int hash, long job) =>
        new(new KeyName("owner", new QueueName("eu"), text), (UInt128)hash, new JobId(job));

    public static JobRow Job(long id) =>
        new(new JobId(id), Spec, Progress) { LatestSubmission = new ChildSubmission(120, new JobId(121)) };

    public static JobRow Waiting(
        long id,
        string queue = "default",
        string method = "noop",
        JobState state = JobState.Ready
    ) =>
        new(
            new JobId(id),
            new JobSpec
            {
                Queue = new QueueName(queue),
                Method = new MethodName(method),
                Owner = "admin",
            },
            new JobStatus { State = state }
        );

    public static DoneRow Done(long id, long finish) =>
        new(Ended(Job(id), JobState.Failed), finish, new Instant(30), FailReason.Lost)
        {
            Error = Error,
            ResultBytes = 31,
            ResultType = "text/x-32",
            Metrics = new AttemptMetrics(new Instant(33), new Instant(34), new Instant(35), 36.5, 37),
        };

    public static DoneRow Succeeded(JobRow job, long finish) =>
        new(Ended(job, JobState.Succeeded), finish, new Instant(finish), FailReason.None);

    public static PayloadRow Payload(long job, PayloadKind kind, string text) =>
        new(new JobId(job), kind, "text/plain", Encoding.UTF8.GetBytes(text));

    public static AttemptRow Attempt(long job, int attempt) =>
        new(
            new LeaseToken(new JobId(job), attempt),
            Holder,
            OutcomeKind.TimedOut,
            new Instant(40),
            new Instant(41),
            Error
        )
        {
            Metrics = new AttemptMetrics(new Instant(42), new Instant(43), new Instant(44), 45.5, 46),
        };

    public static LogRow Log(long job, int attempt, string lines) =>
        new(new LeaseToken(new JobId(job), attempt), Encoding.UTF8.GetBytes(lines));

    public static WorkerRow Worker(string name) =>
        new(new WorkerName(name), new Incarnation(ulong.MaxValue), "pool\0\u001b", new Instant(50));

    public static MethodRow Method(string name, int version) =>
        new(new MethodName(name), version, "{\"type\":\"object\"}")
        {
            LossPolicy = new LossPolicy
            {
                FailWhenLost = true,
                Exclusive = true,
                MaxWorkerCrashes = 60,
                MaxLostLeases = 61,
            },
            ResultSchema = "{\"type\":\"string\"}",
            Slots = 62,
            Retry = new RetryOptions
            {
                Max = 63,
                Delay = TimeSpan.FromMicroseconds(64),
                Factor = 6.5,
                MaxDelay = TimeSpan.FromMicroseconds(66),
                Jitter = 0.67,
            },
        };

    public static CounterRow Counter(string queue, JobState state, long jobs) =>
        new(new QueueName(queue), new MethodName("noop"), state, jobs, 70, 71);

    public static FeedRow Feed(string name) =>
        new(new FeedName(name), new QueueName("eu"), 80)
        {
            States = FeedStates.All,
            Implicit = true,
            FirstEpoch = 17,
            Expired = 3,
        };

    public static FeedRangeRow FeedRange(string feed, long from, long to) =>
        new(new FeedName(feed), new CompletionRange(from, to));

    public static RegistryDocument Document(string kind, string id, long version) =>
        new(kind, id, version, Encoding.UTF8.GetBytes($$"""{"a":{{version + 7}}}""")) { Job = new JobId(version + 90) };

    public static RegistryRecord Record(string kind, string id, long version) =>
        new(kind, id, version, Encoding.UTF8.GetBytes($$"""{"b":{{version + 8}}}""")) { Job = new JobId(version + 91) };

    public static SweepRow Sweep(long id) =>
        new(
            id,
            SweepAction.Move,
            new JobFilter
            {
                State = JobState.Ready,
                Reason = FailReason.Lost,
                Queue = new QueueName("eu"),
                Method = new MethodName("noop"),
                Worker = new WorkerName("w"),
                Owner = "owner",
                Tags = JobTags.Of(["b 13", "c"]),
                Key = "key",
                Parent = new JobId(122),
                From = new Instant(100),
                To = new Instant(101),
                Text = "text \0",
            },
            "creator",
            new Instant(102)
        )
        {
            JobBound = 103,
            CompletionBound = 104,
            Priority = -105,
            Queue = new QueueName("us"),
            Quota = new OwnerQuota(106, null),
            Key = new IdempotencyKey("sweep key", new UInt128(112, 113)),
            State = SweepState.Stopped,
            Cursor = 107,
            Examined = 108,
            Changed = 109,
            Skipped = 110,
            Ended = new Instant(111),
            Waiting = "waiting",
        };

    private static JobRow Ended(JobRow job, JobState state)
    {
        var now = job.Status;
        now.State = state;
        return job with { Status = now, LatestSubmission = null };
    }
}
