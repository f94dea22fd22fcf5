using System.Text;
using System.Text.Unicode;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Status = Headrace.Protocol.Exchange.AckStatus;

namespace Headrace.Server.Workers;

/// <summary>Builds the reply to an exchange or a report, with the bodies of its leases.</summary>
internal static class ExchangeWriting
{
    /// <summary>Returns the keys of the payload rows that the reply needs.</summary>
    public static IReadOnlyList<RowKey> Payloads(Response.Exchanged answer) =>
        [
            .. answer
                .Leases.Where(job => job.Spec.PayloadBytes > 0)
                .Select(job => new RowKey.Payload(job.Id, PayloadKind.Input)),
        ];

    /// <summary>Returns the total size in bytes of the bodies and params in the reply.</summary>
    public static long InputBytes(Response.Exchanged answer)
    {
        var bytes = 0L;
        foreach (var job in answer.Leases)
            bytes += job.Spec.InputBytes;
        return bytes;
    }

    public static ExchangeReply Write(
        Response.Exchanged answer,
        IReadOnlyList<StoredRow> payloads,
        StoreId store,
        TimeSpan lease,
        DateTimeOffset now
    )
    {
        var reply = new ExchangeReply
        {
            Store = store.Text,
            ExchangeNumber = (ulong)answer.Number,
            Lease = WireTime.Of(lease),
            Drain = answer.Drain,
            Terminate = answer.TerminateReason ?? "",
            ServerTime = WireTime.Of(Instant.From(now)),
            Leases = new List<LeasedJob>(answer.Leases.Count),
            Acks = new List<Ack>(answer.Acks.Count),
            Revoked = [.. answer.Revoked],
        };
        var bytes = payloads.OfType<PayloadRow>().ToDictionary(row => row.Job, row => row.Bytes);
        foreach (var job in answer.Leases)
        {
            // If the payload was deleted after the commit, the job has already ended. A job whose lease is never
            // delivered returns to its queue automatically (R6).
            if (job.Spec.PayloadBytes > 0 && !bytes.ContainsKey(job.Id))
                continue;
            reply.Leases.Add(Leased(job, bytes.GetValueOrDefault(job.Id)));
        }
        // The enums of the protocol and of Core use the same numeric values, which never change.
        foreach (var (token, ackStatus) in answer.Acks)
            reply.Acks.Add(new Ack(token, (Status)ackStatus));
        foreach (var (method, refusal) in answer.RefusedOffers)
            reply.RefusedOffers.Add(
                new RefusedOffer
                {
                    Method = method.Name.Text,
                    Version = (uint)method.Version,
                    Reason = refusal.Reason,
                }
            );
        foreach (var (token, stopReason) in answer.StopRequests)
            reply.StopRequests.Add(new StopRequest(token, (StopRequestReason)stopReason));
        return reply;
    }

    private static LeasedJob Leased(JobRow job, ReadOnlyMemory<byte> payload) =>
        new()
        {
            Lease = new LeaseToken(job.Id, job.Status.Attempt),
            Queue = job.Spec.Queue.Text,
            Method = job.Spec.Method.Text,
            Version = (uint)job.Status.RanVersion,
            Params = Text(InputPayload.Params(job.Spec, payload)),
            Body = InputPayload.Body(job.Spec, payload),
            ContentType = job.Spec.ContentType ?? "",
            Tags = job.Spec.Tags.Values.Count > 0 ? [.. job.Spec.Tags.Values] : null,
            Traceparent = job.Spec.Traceparent ?? "",
            Isolated = job.Status.Isolated,
            TimeLimit = job.Spec.TimeLimit > TimeSpan.Zero ? WireTime.Of(job.Spec.TimeLimit) : null,
            Deadline = job.Spec.Deadline < Instant.Never ? WireTime.Of(job.Spec.Deadline) : null,
        };

    /// <summary>
    /// Replaces invalid UTF-8. Only valid UTF-8 is accepted in submissions, but if a store contains other bytes, they
    /// must affect only one job rather than the whole reply.
    /// </summary>
    private static ReadOnlyMemory<byte> Text(ReadOnlyMemory<byte> utf8) =>
        Utf8.IsValid(utf8.Span) ? utf8 : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(utf8.Span));
}
