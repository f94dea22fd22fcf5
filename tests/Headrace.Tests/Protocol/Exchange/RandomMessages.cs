using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Wire = Headrace.Protocol.Wire;

namespace Headrace.Tests.Protocol.Exchange;

/// <summary>
/// Generates random messages with Google's generated code. Each field is absent, has a usual value, or has a value at
/// one end of its range. If <paramref name="inRange"/> is true, all times are within the range of JSON.
/// </summary>
internal sealed class RandomMessages(Random random, bool inRange = false)
{
    private static readonly string[] Texts =
    [
        "default",
        "sha512",
        "text/plain",
        "{}",
        "é",
        "日本語",
        "\U0001F600",
        new('x', 64),
        new('y', 65),
        new('z', 128),
        new('ü', 300),
    ];

    public Wire.ExchangeRequest Request()
    {
        var request = new Wire.ExchangeRequest
        {
            Store = Text(),
            Worker = Text(),
            Incarnation = Number(),
            Predecessor = Maybe(Predecessor),
            Pool = Text(),
            ExchangeNumber = Number(),
            Wait = Maybe(Duration),
            Slots = (uint)Number(),
            Prefetch = (uint)Number(),
            Draining = Flag(),
            SharedSlots = (uint)Number(),
        };
        request.Offers.AddRange(Some(Offer));
        request.LeasesHeld.AddRange(Some(Held));
        request.Outcomes.AddRange(Some(Outcome));
        request.Logs.AddRange(
            Some(() =>
                new Wire.LogLines
                {
                    Job = Number(),
                    Attempt = (uint)Number(),
                    Lines = Bytes(),
                }
            )
        );
        return request;
    }

    public Wire.ExchangeReply Reply()
    {
        var reply = new Wire.ExchangeReply
        {
            Store = Text(),
            ExchangeNumber = Number(),
            Lease = Maybe(Duration),
            Drain = Flag(),
            Terminate = Text(),
            ServerTime = Maybe(Timestamp),
        };
        reply.Leases.AddRange(Some(Job));
        reply.Acks.AddRange(
            Some(() =>
                new Wire.Ack
                {
                    Job = Number(),
                    Attempt = (uint)Number(),
                    Status = (Wire.Ack.Types.Status)Enumeration(),
                }
            )
        );
        reply.Revoked.AddRange(Some(() => new Wire.Lease { Job = Number(), Attempt = (uint)Number() }));
        reply.StopRequests.AddRange(
            Some(() =>
                new Wire.StopRequest
                {
                    Job = Number(),
                    Attempt = (uint)Number(),
                    Reason = (Wire.StopRequest.Types.Reason)Enumeration(),
                }
            )
        );
        return reply;
    }

    public Wire.SubmitBatch Batch()
    {
        var batch = new Wire.SubmitBatch();
        batch.Jobs.AddRange(Some(Submission));
        return batch;
    }

    public Wire.SubmitJob Submission()
    {
        var job = new Wire.SubmitJob
        {
            Queue = Text(),
            Method = Text(),
            Params = Text(),
            Body = Bytes(),
            ContentType = Text(),
            Priority = Enumeration(),
            ScheduledAt = Maybe(Timestamp),
            Deadline = Maybe(Timestamp),
            TimeLimit = Maybe(Duration),
            IdempotencyKey = Text(),
            Traceparent = Text(),
            Payload = Maybe(Payload),
            Shard = (uint)Number(),
        };
        if (Flag())
            job.Retries = (uint)Number();
        job.Tags.AddRange(Some(Text));
        return job;
    }

    public Wire.SubmitReply SubmitReply()
    {
        var reply = new Wire.SubmitReply();
        reply.Results.AddRange(
            Some(() =>
                random.Next(3) switch
                {
                    0 => new Wire.SubmitReply.Types.Result(),
                    1 => new Wire.SubmitReply.Types.Result { Id = Number() },
                    _ => new Wire.SubmitReply.Types.Result
                    {
                        Problem = new()
                        {
                            Type = Text(),
                            Status = (uint)Number(),
                            Detail = Text(),
                            RetryAfter = Maybe(Duration),
                        },
                    },
                }
            )
        );
        return reply;
    }

    private Wire.LeasedJob Job()
    {
        var job = new Wire.LeasedJob
        {
            Job = Number(),
            Attempt = (uint)Number(),
            Queue = Text(),
            Method = Text(),
            Version = (uint)Number(),
            Params = Text(),
            Body = Bytes(),
            ContentType = Text(),
            TimeLimit = Maybe(Duration),
            Deadline = Maybe(Timestamp),
            Isolated = Flag(),
            Payload = Maybe(Payload),
            Traceparent = Text(),
        };
        job.Tags.AddRange(Some(Text));
        return job;
    }

    private Wire.PayloadReference Payload() =>
        new()
        {
            Id = Number(),
            Length = Number(),
            Sha256 = Bytes(),
        };

    private Wire.Offer Offer()
    {
        var offer = new Wire.Offer
        {
            Method = Text(),
            Version = (uint)Number(),
            Schema = Text(),
            OnLost = (Wire.Offer.Types.OnLost)Enumeration(),
            Exclusive = Flag(),
            RuntimeInfo = Text(),
            ResultSchema = Text(),
            Slots = (uint)Number(),
            MaxBatch = (uint)Number(),
        };
        if (Flag())
            offer.MaxWorkerCrashes = (uint)Number();
        if (Flag())
            offer.MaxLostLeases = (uint)Number();
        return offer;
    }

    private Wire.HeldLease Held() =>
        new()
        {
            Job = Number(),
            Attempt = (uint)Number(),
            Started = Flag(),
            Finished = Flag(),
            Progress = Maybe(() => new Wire.Progress { Fraction = Double(), Text = Text() }),
        };

    private Wire.Outcome Outcome() =>
        new()
        {
            Job = Number(),
            Attempt = (uint)Number(),
            Isolated = Flag(),
            Payload = Maybe(Payload),
            Kind = (Wire.Outcome.Types.Kind)Enumeration(),
            Result = Bytes(),
            ContentType = Text(),
            Metrics = Maybe(Metrics),
            Error = Maybe(() =>
                new Wire.Outcome.Types.Error
                {
                    Type = Text(),
                    Message = Text(),
                    Detail = Text(),
                    Retryable = Flag(),
                }
            ),
        };

    private Wire.Outcome.Types.Metrics Metrics() =>
        new()
        {
            Received = Maybe(Timestamp),
            Started = Maybe(Timestamp),
            Ended = Maybe(Timestamp),
            CpuMs = Double(),
            PeakBytes = Number(),
        };

    private Wire.Predecessor Predecessor() =>
        new() { Incarnation = Number(), How = (Wire.Predecessor.Types.How)Enumeration() };

    private Duration Duration() =>
        inRange
            ? Signed(random.Next(2) == 0 ? 1 : -1, random.NextInt64(315_576_000_000), Nanos())
            : new() { Seconds = (long)Number(), Nanos = Enumeration() };

    private Timestamp Timestamp() =>
        inRange
            ? new() { Seconds = random.NextInt64(-62_135_596_800, 253_402_300_800), Nanos = Nanos() }
            : new() { Seconds = (long)Number(), Nanos = Enumeration() };

    private static Duration Signed(int sign, long seconds, int nanos) =>
        new() { Seconds = sign * seconds, Nanos = sign * nanos };

    /// <summary>
    /// Returns nanoseconds with one of the precisions that JSON uses: whole seconds, or 3, 6 or 9 decimal places.
    /// </summary>
    private int Nanos() =>
        random.Next(4) switch
        {
            0 => 0,
            1 => random.Next(1_000) * 1_000_000,
            2 => random.Next(1_000_000) * 1_000,
            _ => random.Next(1_000_000_000),
        };

    private ulong Number() =>
        random.Next(6) switch
        {
            0 => 0,
            1 => 1,
            2 => ulong.MaxValue,
            3 => long.MaxValue,
            // The shift results in varints of every length.
            _ => (ulong)random.NextInt64() >> random.Next(64),
        };

    private int Enumeration() =>
        random.Next(6) switch
        {
            0 => int.MinValue,
            1 => int.MaxValue,
            2 => -1,
            _ => random.Next(9),
        };

    private double Double() =>
        random.Next(6) switch
        {
            0 => 0,
            1 => double.MaxValue,
            2 => double.NegativeInfinity,
            3 => double.Epsilon,
            _ => random.NextDouble(),
        };

    private string Text() => random.Next(3) == 0 ? "" : Texts[random.Next(Texts.Length)];

    private ByteString Bytes()
    {
        var bytes = new byte[
            random.Next(8) switch
            {
                0 => 0,
                1 => 127,
                2 => 128,
                3 => 20_000,
                _ => random.Next(200),
            }
        ];
        random.NextBytes(bytes);
        return ByteString.CopyFrom(bytes);
    }

    private bool Flag() => random.Next(2) == 0;

    private T? Maybe<T>(Func<T> make)
        where T : class => random.Next(4) == 0 ? null : make();

    private IEnumerable<T> Some<T>(Func<T> make)
    {
        for (var left = random.Next(5); left > 0; left--)
            yield return make();
    }
}
