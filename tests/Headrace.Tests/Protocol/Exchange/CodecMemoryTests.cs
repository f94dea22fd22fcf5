using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Headrace.Tests.Worker.Exchange;
using Xunit;
using Outcome = Headrace.Protocol.Exchange.Outcome;
using OutcomeKind = Headrace.Protocol.Exchange.OutcomeKind;

namespace Headrace.Tests.Protocol.Exchange;

/// <summary>
/// Tests how much memory is allocated when a message is read, and which parts of the message share memory.
/// </summary>
public sealed class CodecMemoryTests
{
    private static readonly LeaseToken Token = new(new JobId(42), 3);

    [Fact]
    public void A_payload_is_a_slice_of_the_message_and_a_repeated_text_is_decoded_once()
    {
        var job = new LeasedJob
        {
            Lease = Token,
            Queue = "default",
            Method = "sha512",
            ContentType = "text/plain",
            Body = new byte[1_000],
        };
        var bytes = Copy.BytesOf(new ExchangeReply { Leases = [job, job, job] });

        var leases = ExchangeReply.Read(bytes).Leases;

        Assert.All(
            leases,
            lease =>
                Assert.True(
                    System.Runtime.InteropServices.MemoryMarshal.TryGetArray(lease.Body, out var slice)
                        && slice.Array == bytes
                )
        );
        Assert.All(leases, lease => Assert.Same(leases[0].Queue, lease.Queue));
        Assert.All(leases, lease => Assert.Same(leases[0].Method, lease.Method));
        Assert.All(leases, lease => Assert.Same(leases[0].ContentType, lease.ContentType));
    }

    [Fact]
    public void A_lease_and_an_outcome_allocate_their_objects_and_nothing_else()
    {
        const int Count = 100;
        var reply = Copy.BytesOf(
            new ExchangeReply
            {
                Leases =
                [
                    .. Enumerable.Repeat(
                        new LeasedJob
                        {
                            Lease = Token,
                            Queue = "default",
                            Method = "sha512",
                            Params = "{}"u8.ToArray(),
                            Body = new byte[1_000],
                        },
                        Count
                    ),
                ],
            }
        );
        var request = Copy.BytesOf(
            new ExchangeRequest
            {
                Outcomes =
                [
                    .. Enumerable.Repeat(
                        new Outcome
                        {
                            Lease = Token,
                            Kind = OutcomeKind.Succeeded,
                            Result = new byte[1_000],
                            Metrics = new OutcomeMetrics { Started = new WireTime(1, 2), Ended = new WireTime(3, 4) },
                        },
                        Count
                    ),
                ],
            }
        );

        // Bytes per entry: the object, 8 bytes in its list, and its share of the message. Before the
        // codec was generated, the values were 152 and 192.
        Assert.InRange(AllocatedBy(() => ExchangeReply.Read(reply)) / Count, 1, 152);
        Assert.InRange(AllocatedBy(() => ExchangeRequest.Read(request)) / Count, 1, 200);
    }

    private static long AllocatedBy(Action read)
    {
        read();
        var before = GC.GetAllocatedBytesForCurrentThread();
        read();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
