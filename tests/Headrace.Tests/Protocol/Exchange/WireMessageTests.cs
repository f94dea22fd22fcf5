using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Headrace.Tests.Worker.Exchange;
using Xunit;
using AckStatus = Headrace.Protocol.Exchange.AckStatus;
using HeldLease = Headrace.Protocol.Exchange.HeldLease;
using LogLines = Headrace.Protocol.Exchange.LogLines;
using Offer = Headrace.Protocol.Exchange.Offer;
using Outcome = Headrace.Protocol.Exchange.Outcome;
using OutcomeKind = Headrace.Protocol.Exchange.OutcomeKind;
using Predecessor = Headrace.Protocol.Exchange.Predecessor;
using Progress = Headrace.Protocol.Exchange.Progress;
using Wire = Headrace.Protocol.Wire;

namespace Headrace.Tests.Protocol.Exchange;

public sealed class WireMessageTests
{
    private static readonly LeaseToken Token = new(new JobId(42), 3);
    private static readonly Wire.Lease Lease = new() { Job = 42, Attempt = 3 };

    [Fact]
    public void Every_field_of_a_request_has_the_number_that_the_contract_defines()
    {
        var request = new ExchangeRequest
        {
            Store = "a",
            Worker = "b",
            Incarnation = 1,
            Predecessor = new Predecessor(2, PredecessorHow.Exit),
            Pool = "c",
            ExchangeNumber = 3,
            Wait = new WireTime(4, 5),
            Slots = 6,
            Prefetch = 7,
            Draining = true,
            SharedSlots = 19,
            Offers =
            [
                new Offer
                {
                    Method = "d",
                    Version = 8,
                    Schema = "e",
                    OnLost = OfferOnLost.Fail,
                    Exclusive = true,
                    MaxWorkerCrashes = 0,
                    MaxLostLeases = 9,
                    RuntimeInfo = "f",
                    ResultSchema = "n",
                    Slots = 17,
                    MaxBatch = 18,
                },
            ],
            LeasesHeld =
            [
                new HeldLease(
                    Token,
                    Started: true,
                    Finished: false,
                    new Progress { Fraction = 0.5, Text = "g" },
                    new WireTime(1_700_000_000, 5_000)
                ),
                new HeldLease(Token, Started: false, Finished: true, null, null),
            ],
            Outcomes =
            [
                new Outcome
                {
                    Lease = Token,
                    Kind = OutcomeKind.Crashed,
                    Isolated = true,
                    Payload = new PayloadReference
                    {
                        Id = 19,
                        Length = 20,
                        Sha256 = "o"u8.ToArray(),
                    },
                    Result = "h"u8.ToArray(),
                    ContentType = "i",
                    Error = new OutcomeError
                    {
                        Type = "j",
                        Message = "k",
                        Detail = "l",
                        Retryable = true,
                    },
                    Metrics = new OutcomeMetrics
                    {
                        Received = new WireTime(10, 11),
                        Started = new WireTime(12, 13),
                        Ended = new WireTime(14, 15),
                        CpuMs = 1.5,
                        PeakBytes = 16,
                    },
                },
            ],
            Logs = [new LogLines(Token, "m"u8.ToArray())],
        };

        var generated = new Wire.ExchangeRequest
        {
            Store = "a",
            Worker = "b",
            Incarnation = 1,
            Predecessor = new() { Incarnation = 2, How = Wire.Predecessor.Types.How.Exit },
            Pool = "c",
            ExchangeNumber = 3,
            Wait = new() { Seconds = 4, Nanos = 5 },
            Slots = 6,
            Prefetch = 7,
            Draining = true,
            SharedSlots = 19,
            Offers =
            {
                new Wire.Offer
                {
                    Method = "d",
                    Version = 8,
                    Schema = "e",
                    OnLost = Wire.Offer.Types.OnLost.Fail,
                    Exclusive = true,
                    MaxWorkerCrashes = 0,
                    MaxLostLeases = 9,
                    RuntimeInfo = "f",
                    ResultSchema = "n",
                    Slots = 17,
                    MaxBatch = 18,
                },
            },
            LeasesHeld =
            {
                new Wire.HeldLease
                {
                    Job = 42,
                    Attempt = 3,
                    Started = true,
                    Progress = new() { Fraction = 0.5, Text = "g" },
                    StartedAt = new() { Seconds = 1_700_000_000, Nanos = 5_000 },
                },
                new Wire.HeldLease
                {
                    Job = 42,
                    Attempt = 3,
                    Finished = true,
                },
            },
            Outcomes =
            {
                new Wire.Outcome
                {
                    Job = 42,
                    Attempt = 3,
                    Kind = Wire.Outcome.Types.Kind.Crashed,
                    Isolated = true,
                    Payload = new()
                    {
                        Id = 19,
                        Length = 20,
                        Sha256 = ByteString.CopyFromUtf8("o"),
                    },
                    Result = ByteString.CopyFromUtf8("h"),
                    ContentType = "i",
                    Error = new()
                    {
                        Type = "j",
                        Message = "k",
                        Detail = "l",
                        Retryable = true,
                    },
                    Metrics = new()
                    {
                        Received = Time(10, 11),
                        Started = Time(12, 13),
                        Ended = Time(14, 15),
                        CpuMs = 1.5,
                        PeakBytes = 16,
                    },
                },
            },
            Logs =
            {
                new Wire.LogLines
                {
                    Job = 42,
                    Attempt = 3,
                    Lines = ByteString.CopyFromUtf8("m"),
                },
            },
        };
        Assert.Equal(generated, Wire.ExchangeRequest.Parser.ParseFrom(Copy.BytesOf(request)));
        Assert.Equal(generated.ToByteArray(), Copy.BytesOf(Copy.Of(request)));
    }

    [Fact]
    public void Every_field_of_a_reply_has_the_number_that_the_contract_defines()
    {
        var reply = new ExchangeReply
        {
            Store = "a",
            ExchangeNumber = 1,
            Lease = new WireTime(2, 3),
            Drain = true,
            Terminate = "b",
            ServerTime = new WireTime(4, 5),
            Revoked = [Token],
            Leases =
            [
                new LeasedJob
                {
                    Lease = Token,
                    Queue = "c",
                    Method = "d",
                    Version = 6,
                    Params = "{}"u8.ToArray(),
                    Body = "e"u8.ToArray(),
                    ContentType = "f",
                    TimeLimit = new WireTime(7, 8),
                    Deadline = new WireTime(9, 10),
                    Isolated = true,
                    Tags = ["g", ""],
                    Traceparent = "h",
                    Payload = new PayloadReference { Id = 11 },
                },
            ],
            Acks = [new Ack(Token, AckStatus.Repeated)],
            StopRequests = [new StopRequest(Token, StopRequestReason.Deadline)],
        };

        var generated = new Wire.ExchangeReply
        {
            Store = "a",
            ExchangeNumber = 1,
            Lease = new() { Seconds = 2, Nanos = 3 },
            Drain = true,
            Terminate = "b",
            ServerTime = Time(4, 5),
            Revoked = { Lease },
            Leases =
            {
                new Wire.LeasedJob
                {
                    Job = 42,
                    Attempt = 3,
                    Queue = "c",
                    Method = "d",
                    Version = 6,
                    Params = "{}",
                    Body = ByteString.CopyFromUtf8("e"),
                    ContentType = "f",
                    TimeLimit = new() { Seconds = 7, Nanos = 8 },
                    Deadline = Time(9, 10),
                    Isolated = true,
                    Tags = { "g", "" },
                    Traceparent = "h",
                    Payload = new() { Id = 11 },
                },
            },
            Acks =
            {
                new Wire.Ack
                {
                    Job = 42,
                    Attempt = 3,
                    Status = Wire.Ack.Types.Status.Repeated,
                },
            },
            StopRequests =
            {
                new Wire.StopRequest
                {
                    Job = 42,
                    Attempt = 3,
                    Reason = Wire.StopRequest.Types.Reason.Deadline,
                },
            },
        };
        Assert.Equal(generated, Wire.ExchangeReply.Parser.ParseFrom(Copy.BytesOf(reply)));
        Assert.Equal(generated.ToByteArray(), Copy.BytesOf(Copy.Of(reply)));
    }

    [Fact]
    public void Interned_texts_with_the_same_hash_slot_are_distinguished()
    {
        var names = Enumerable.Range(0, 200).Select(i => $"m{i % 7}-{i % 3}").ToList();

        var read = Copy.Of(
            new ExchangeRequest
            {
                Offers = [.. names.Select(name => new Offer { Method = name, RuntimeInfo = name + "8" })],
            }
        );

        Assert.Equal(names, read.Offers.Select(offer => offer.Method));
        Assert.Equal(names.Select(name => name + "8"), read.Offers.Select(offer => offer.RuntimeInfo));
    }

    [Fact]
    public void The_parts_of_a_split_submessage_are_merged()
    {
        byte[] pieces =
        [
            .. new Wire.Outcome
            {
                Job = 42,
                Metrics = new() { Started = Time(1, 0), CpuMs = 1 },
                Error = new() { Type = "a", Message = "b" },
            }.ToByteArray(),
            .. new Wire.Outcome
            {
                Attempt = 3,
                Metrics = new() { Started = Time(0, 2), CpuMs = 2 },
                Error = new() { Message = "c", Retryable = true },
            }.ToByteArray(),
        ];

        var outcome = Assert.Single(ExchangeRequest.Read(Field(12, pieces)).Outcomes);

        Assert.Equal(
            (Token, new WireTime(1, 2), 2.0),
            (outcome.Lease, outcome.Metrics!.Started, outcome.Metrics.CpuMs)
        );
        Assert.Equal(
            new OutcomeError
            {
                Type = "a",
                Message = "c",
                Retryable = true,
            },
            outcome.Error
        );
    }

    [Fact]
    public void Fields_of_a_later_contract_are_skipped()
    {
        byte[] later =
        [
            .. Field(200, "new"u8.ToArray()),
            .. new Wire.ExchangeReply { ExchangeNumber = 7 }.ToByteArray(),
            0x85,
            0x7D,
            1,
            2,
            3,
            4,
        ];

        Assert.Equal(7UL, ExchangeReply.Read(later).ExchangeNumber);
    }

    [Theory]
    [InlineData(new byte[] { 0x62, 0xFF, 0xFF, 0xFF, 0xFF, 0x07 }, "but only 0 bytes remain")]
    [InlineData(
        new byte[] { 0x30, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01 },
        "longer than 10 bytes"
    )]
    [InlineData(new byte[] { 0x30, 0x80 }, "ends within a varint")]
    [InlineData(new byte[] { 0x19, 1, 2, 3 }, "ends within field 3")]
    [InlineData(new byte[] { 0x10, 1 }, "has wire type 0 instead of 2")]
    [InlineData(new byte[] { 0xA3, 0x06 }, "has wire type 3")]
    [InlineData(new byte[] { 0x00 }, "field number 0")]
    public void A_malformed_request_is_rejected_naming_the_error(byte[] bytes, string words) =>
        Assert.Contains(
            words,
            Assert.Throws<WireFormatException>(() => ExchangeRequest.Read(bytes)).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void A_submessage_cannot_extend_into_the_data_after_it()
    {
        // A progress field that claims 4 bytes, in a held lease with 1 byte left.
        byte[] bytes = [0x5A, 3, 0x2A, 4, 0x12, 0x70, 1];

        Assert.Contains(
            "a length of 4 bytes, but only 1 bytes remain",
            Assert.Throws<WireFormatException>(() => ExchangeRequest.Read(bytes)).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(1_800_000_000_123_456L)]
    [InlineData(-1L)]
    [InlineData(-62_135_596_800_000_000L)]
    public void A_timestamp_is_converted_as_by_the_generated_code(long micros) =>
        Assert.Equal(
            Timestamp.FromDateTimeOffset(new Instant(micros).ToDateTimeOffset()),
            new Timestamp
            {
                Seconds = WireTime.Of(new Instant(micros)).Seconds,
                Nanos = WireTime.Of(new Instant(micros)).Nanos,
            }
        );

    [Theory]
    [InlineData(0)]
    [InlineData(7.5)]
    [InlineData(-1.25)]
    [InlineData(1e9)]
    public void A_duration_is_converted_as_by_the_generated_code(double seconds)
    {
        var span = TimeSpan.FromSeconds(seconds);
        var time = WireTime.Of(span);

        Assert.Equal(Duration.FromTimeSpan(span), new Duration { Seconds = time.Seconds, Nanos = time.Nanos });
        Assert.Equal(span, time.ToTimeSpan());
    }

    [Fact]
    public void A_duration_that_is_too_long_becomes_the_maximum()
    {
        Assert.Equal(TimeSpan.MaxValue, new WireTime(long.MaxValue, int.MaxValue).ToTimeSpan());
        Assert.Equal(TimeSpan.MinValue, new WireTime(long.MinValue, int.MinValue).ToTimeSpan());
    }

    private static Timestamp Time(long seconds, int nanos) => new() { Seconds = seconds, Nanos = nanos };

    private static byte[] Field(int number, byte[] content)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
        {
            output.WriteTag(number, Google.Protobuf.WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(content));
        }
        return stream.ToArray();
    }
}
