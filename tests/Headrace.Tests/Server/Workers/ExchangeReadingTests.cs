using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Headrace.Server.Workers;
using Headrace.Tests.Worker.Exchange;
using Xunit;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;
using LogLines = Headrace.Protocol.Exchange.LogLines;
using Offer = Headrace.Protocol.Exchange.Offer;
using Outcome = Headrace.Protocol.Exchange.Outcome;
using OutcomeKind = Headrace.Core.Jobs.OutcomeKind;

namespace Headrace.Tests.Server.Workers;

public sealed class ExchangeReadingTests
{
    [Fact]
    public void A_command_does_not_reference_the_receive_buffer_of_its_message()
    {
        var lease = new LeaseToken(new JobId(1), 1);
        var buffer = Copy.BytesOf(
            new ExchangeRequest
            {
                Worker = "w1",
                Incarnation = 7,
                Outcomes =
                [
                    new Outcome
                    {
                        Lease = lease,
                        Kind = Kind.Succeeded,
                        Result = "result"u8.ToArray(),
                    },
                ],
                Logs = [new LogLines(lease, "a line\n"u8.ToArray())],
            }
        );

        Assert.True(ExchangeReading.Read("w1", ExchangeRequest.Read(buffer)).TryGet(out var command, out _));
        buffer.AsSpan().Fill((byte)'X');

        var message = Assert.IsType<Command.Report>(command).Message;
        Assert.Equal("result"u8, message.Outcomes[0].Result.Span);
        Assert.Equal("a line\n"u8, message.Logs[0].Lines.Span);
    }

    [Fact]
    public void Out_of_range_numbers_are_rejected_with_their_path()
    {
        var request = new ExchangeRequest
        {
            Worker = "w1",
            Incarnation = 7,
            Outcomes =
            [
                new Outcome
                {
                    Lease = new LeaseToken(new JobId(unchecked((long)(1UL << 63))), 1),
                    Kind = Kind.Succeeded,
                },
                new Outcome { Lease = new LeaseToken(new JobId(1), 1), Kind = (Kind)10 },
            ],
        };

        Assert.False(ExchangeReading.Read("w1", Copy.Of(request)).TryGet(out _, out var problem));

        Assert.Equal(["$.outcomes[0].job", "$.outcomes[1].kind"], problem!.Errors.Select(fault => fault.Path));
    }

    [Fact]
    public void Unsupported_fields_are_rejected_by_name()
    {
        var request = new ExchangeRequest
        {
            Worker = "w1",
            Incarnation = 7,
            Offers =
            [
                new Offer
                {
                    Method = "echo",
                    Version = 1,
                    ResultSchema = "[]",
                    Slots = 1_025,
                    MaxBatch = 2,
                },
            ],
            Outcomes =
            [
                new Outcome
                {
                    Lease = new LeaseToken(new JobId(1), 1),
                    Kind = Kind.Succeeded,
                    Isolated = true,
                    Payload = new PayloadReference { Id = 5 },
                },
            ],
        };

        Assert.False(ExchangeReading.Read("w1", Copy.Of(request)).TryGet(out _, out var problem));

        Assert.Equal(
            [
                "$.offers[0].result_schema",
                "$.offers[0].slots",
                "$.offers[0].max_batch",
                "$.outcomes[0].payload",
                "$.outcomes[0].isolated",
            ],
            problem!.Errors.Select(fault => fault.Path)
        );
    }

    [Fact]
    public void A_crash_outcome_and_a_result_schema_are_passed_to_the_broker()
    {
        var request = new ExchangeRequest
        {
            Worker = "w1",
            Incarnation = 7,
            Offers =
            [
                new Offer
                {
                    Method = "echo",
                    Version = 1,
                    ResultSchema = """{"type":"string"}""",
                    Slots = 1_024,
                    MaxBatch = 1,
                },
            ],
            Outcomes =
            [
                new Outcome
                {
                    Lease = new LeaseToken(new JobId(1), 1),
                    Kind = Kind.Crashed,
                    Isolated = true,
                },
            ],
        };

        Assert.True(ExchangeReading.Read("w1", Copy.Of(request)).TryGet(out var command, out _));

        var message = Assert.IsType<Command.Report>(command).Message;
        Assert.Equal(
            ("""{"type":"string"}""", 1_024, OutcomeKind.Crashed, true),
            (
                message.Offers[0].ResultSchema,
                message.Offers[0].Slots,
                message.Outcomes[0].Kind,
                message.Outcomes[0].Isolated
            )
        );
    }
}
