using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Queues;
using Headrace.Core.Registry;
using Headrace.Core.Results;
using Headrace.Core.Retention;
using Headrace.Core.Sweeps;

namespace Headrace.Tests.Storage;

/// <summary>Generates random jobs, text, bytes and filters.</summary>
internal static class RandomWork
{
    public static readonly MethodRef[] Methods =
    [
        new(new MethodName("noop"), 1),
        new(new MethodName("sha512"), 1),
        new(new MethodName("sha512"), 2),
    ];

    private static readonly string?[] Texts =
    [
        null,
        "",
        "text/plain",
        "application/json",
        "a\0b",
        "žluť 🐎",
        new string('x', 300),
    ];

    private static readonly string[] Queues = ["default", "eu", "us.east-1"];

    public static string? Text(Random random) => Texts[random.Next(Texts.Length)];

    public static byte[] Bytes(Random random, int most)
    {
        var bytes = new byte[random.Next(most)];
        random.NextBytes(bytes);
        return bytes;
    }

    public static Command.Submit Submit(Random random, Instant now) =>
        new([.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => Job(random, now))]);

    public static JobFilter Filter(Random random) =>
        new()
        {
            State = random.Next(3) == 0 ? (JobState)random.Next(1, 8) : null,
            Reason = random.Next(6) == 0 ? (FailReason)random.Next(1, 10) : null,
            Queue = random.Next(3) == 0 ? new QueueName(Queues[random.Next(Queues.Length)]) : null,
            Method = random.Next(3) == 0 ? new MethodName(random.Next(2) == 0 ? "noop" : "sha512") : null,
            Worker = random.Next(5) == 0 ? new WorkerName($"w{random.Next(3)}") : null,
            Owner = random.Next(5) == 0 ? "admin" : null,
            EndedOnly = random.Next(5) == 0,
            Tags = random.Next(6) == 0 ? JobTags.Of(["b"]) : JobTags.None,
            Text = random.Next(8) == 0 ? "O" : null,
            Parent = random.Next(8) == 0 ? new JobId(random.Next(1, 20)) : null,
            From = random.Next(6) == 0 ? SomeTime(random) : default,
            To = random.Next(6) == 0 ? SomeTime(random) : Instant.Never,
        };

    /// <summary>Returns a sweep over the jobs that match a filter without time conditions.</summary>
    public static Command.StartSweep Sweep(Random random) =>
        new((SweepAction)random.Next(1, 6), Filter(random) with { EndedOnly = false }, "admin")
        {
            Priority = random.Next(-2, 3),
            Queue = new QueueName(Queues[random.Next(Queues.Length)]),
        };

    private static Instant SomeTime(Random random) =>
        new Instant(1_800_000_000_000_000) + TimeSpan.FromSeconds(random.Next(300));

    /// <summary>
    /// Returns a few writes to the registry. Some of them conflict with each other or with earlier ones.
    /// </summary>
    public static RegistryWrite[] RegistryWrites(Random random, long nextVersion) =>
        [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => NextRegistryWrite(random, nextVersion))];

    public static readonly (string Kind, string Id)[] RegistryNames =
    [
        .. ((string[])["user", "key"]).SelectMany(kind => ((string[])["a", "B", "b", "~"]).Select(id => (kind, id))),
    ];

    /// <summary>
    /// Returns queue settings that keep a few ended jobs for a short time, and that rarely pause or drain the queue.
    /// </summary>
    public static RegistryWrite PutQueue(Random random) =>
        new RegistryWrite.Put(
            QueueSettings.Kind,
            random.Next(2) == 0 ? "eu" : "default",
            new QueueSettings
            {
                Paused = random.Next(8) == 0,
                Draining = random.Next(8) == 0,
                KeepSucceeded = new RetentionLimit(TimeSpan.FromSeconds(random.Next(1, 10)), random.Next(1, 20_000)),
                KeepFailed = new RetentionLimit(TimeSpan.FromSeconds(random.Next(1, 10)), random.Next(1, 20_000)),
            }.ToJson(),
            RegistryWrite.AnyVersion
        );

    private static RegistryWrite NextRegistryWrite(Random random, long nextVersion)
    {
        var (kind, id) = RegistryNames[random.Next(RegistryNames.Length)];
        var expected = random.Next(3) switch
        {
            0 => RegistryWrite.Absent,
            1 => random.NextInt64(1, nextVersion + 1),
            _ => RegistryWrite.AnyVersion,
        };
        return random.Next(8) switch
        {
            0 => new RegistryWrite.Delete(kind, id, expected),
            1 => new RegistryWrite.PutRecord(kind, id, Bytes(random, 300)),
            2 => new RegistryWrite.AppendRecord(kind, Bytes(random, 300)),
            3 => new RegistryWrite.RemoveRecord(kind, id),
            4 => new RegistryWrite.Expect(kind, id, expected),
            _ => new RegistryWrite.Put(kind, id, Bytes(random, 300), expected),
        };
    }

    private static NewJob Job(Random random, Instant now)
    {
        var body = Bytes(random, 300);
        var method =
            random.Next(20) == 0 ? new MethodRef(new MethodName("unknown"), 0) : Methods[random.Next(Methods.Length)];
        return new NewJob(
            new JobSpec
            {
                Queue = new QueueName(Queues[random.Next(Queues.Length)]),
                Method = method.Name,
                Version = random.Next(3) == 0 ? method.Version : 0,
                Priority = random.Next(-2, 3),
                ScheduledAt = random.Next(4) == 0 ? now + TimeSpan.FromMilliseconds(random.Next(10_000)) : default,
                Deadline = random.Next(8) == 0 ? now + TimeSpan.FromMilliseconds(random.Next(60_000)) : Instant.Never,
                TimeLimit = random.Next(8) == 0 ? TimeSpan.FromMilliseconds(random.Next(1, 20_000)) : TimeSpan.Zero,
                Retry = RetryPolicy.Default with { Max = random.Next(4), Factor = random.Next(8) == 0 ? 1.5 : 2 },
                RetryOf = random.Next(20) == 0 ? new JobId(random.Next(1, 9)) : null,
                Params = Bytes(random, 40),
                Owner = Text(random) ?? "admin",
                ContentType = Text(random),
                BodyBytes = body.Length,
                Tags = random.Next(3) == 0 ? JobTags.Of([Text(random) ?? "nightly", "b"]) : JobTags.None,
                Traceparent = Text(random),
            },
            body
        )
        {
            RegistryWrites = random.Next(6) == 0 ? RegistryWrites(random, nextVersion: 30)[..1] : [],
        };
    }
}
