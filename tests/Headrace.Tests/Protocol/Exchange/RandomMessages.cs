using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Wire = Headrace.Protocol.Wire;

namespace Headrace.Tests.Protocol.Exchange;

/// <summary>
/// Messages of the generated code with every field absent, usual or at an end of its range, as chance has it.
/// </summary>
internal sealed class RandomMessages(Random random)
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
            N = Number(),
            Wait = Maybe(Duration),
            Slots = (uint)Number(),
            Prefetch = (uint)Number(),
            Draining = Flag(),
        };
        request.Offers.AddRange(Some(Offer));
        request.Held.AddRange(Some(Held));
        request.Outcomes.AddRange(Some(Outcome));
        request.Logs.AddRange(Some(() => new Wire.LogLines { Lease = Maybe(Lease), Lines = Bytes() }));
        return request;
    }

    public Wire.ExchangeReply Reply()
    {
        var reply = new Wire.ExchangeReply
        {
            Store = Text(),
            N = Number(),
            Lease = Maybe(Duration),
            Drain = Flag(),
            Ended = Text(),
            ServerTime = Maybe(Timestamp),
        };
        reply.Leases.AddRange(Some(Job));
        reply.Recorded.AddRange(
            Some(() =>
                new Wire.ExchangeReply.Types.Recorded
                {
                    Lease = Maybe(Lease),
                    Verdict = (Wire.ExchangeReply.Types.Recorded.Types.Verdict)Enumeration(),
                }
            )
        );
        reply.Stop.AddRange(Some(Lease));
        reply.Wanted.AddRange(
            Some(() =>
                new Wire.ExchangeReply.Types.Order
                {
                    Lease = Maybe(Lease),
                    Wanted = (Wire.ExchangeReply.Types.Order.Types.Wanted)Enumeration(),
                }
            )
        );
        return reply;
    }

    private Wire.LeasedJob Job() =>
        new()
        {
            Lease = Maybe(Lease),
            Queue = Text(),
            Method = Text(),
            Version = (uint)Number(),
            Params = Text(),
            Body = Bytes(),
            ContentType = Text(),
            TimeLimit = Maybe(Duration),
            Deadline = Maybe(Timestamp),
            Alone = Flag(),
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
            RunsOn = Text(),
        };
        if (Flag())
            offer.MaxKills = (uint)Number();
        if (Flag())
            offer.MaxLosses = (uint)Number();
        return offer;
    }

    private Wire.HeldLease Held() =>
        new()
        {
            Lease = Maybe(Lease),
            Started = Flag(),
            Finished = Flag(),
            Progress = Maybe(() => new Wire.Progress { Fraction = Double(), Text = Text() }),
        };

    private Wire.Outcome Outcome() =>
        new()
        {
            Lease = Maybe(Lease),
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

    /// <summary>Never the empty one: it is the same as none.</summary>
    private Wire.Lease Lease() => new() { Job = Number(), Attempt = (uint)random.Next(1, 1 << random.Next(1, 31)) };

    private Duration Duration() => new() { Seconds = (long)Number(), Nanos = Enumeration() };

    private Timestamp Timestamp() => new() { Seconds = (long)Number(), Nanos = Enumeration() };

    private ulong Number() =>
        random.Next(6) switch
        {
            0 => 0,
            1 => 1,
            2 => ulong.MaxValue,
            3 => long.MaxValue,
            // Every length of a varint.
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
