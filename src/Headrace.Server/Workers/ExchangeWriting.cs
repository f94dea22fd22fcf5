using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Headrace.Core;
using Headrace.Core.Jobs;
using Wire = Headrace.Protocol.Wire;

namespace Headrace.Server.Workers;

/// <summary>Core → wire: the reply to an exchange or a report, with the bodies of its leases.</summary>
internal static class ExchangeWriting
{
    /// <summary>The body rows that a reply needs.</summary>
    public static IReadOnlyList<RowKey> Bodies(Answer.Exchanged answer) =>
        [.. answer.Leases.Where(job => job.Spec.BodyBytes > 0).Select(job => new RowKey.Payload(job.Id, PayloadKind.Input))];

    public static Wire.ExchangeReply Write(Answer.Exchanged answer, IReadOnlyList<StoredRow> bodies, StoreId store, TimeSpan lease, DateTimeOffset now)
    {
        var reply = new Wire.ExchangeReply
        {
            Store = store.Text,
            N = (ulong)answer.Number,
            Lease = Duration.FromTimeSpan(lease),
            Drain = answer.Drain,
            Ended = answer.EndedWhy ?? "",
            ServerTime = Timestamp.FromDateTimeOffset(now),
        };
        var bytes = bodies.OfType<PayloadRow>().ToDictionary(row => row.Job, row => row.Bytes);
        foreach (var job in answer.Leases)
        {
            // A body that is gone since the commit means that the job ended meanwhile. A lease that never arrives goes back by itself (R6).
            if (job.Spec.BodyBytes > 0 && !bytes.ContainsKey(job.Id)) continue;
            reply.Leases.Add(Leased(job, bytes.GetValueOrDefault(job.Id)));
        }
        reply.Recorded.AddRange(answer.Recorded.Select(item => new Wire.ExchangeReply.Types.Recorded { Lease = Lease(item.Lease), Verdict = (Wire.ExchangeReply.Types.Recorded.Types.Verdict)item.Verdict }));
        reply.Stop.AddRange(answer.Stop.Select(Lease));
        reply.Wanted.AddRange(answer.Wanted.Select(item => new Wire.ExchangeReply.Types.Order { Lease = Lease(item.Lease), Wanted = (Wire.ExchangeReply.Types.Order.Types.Wanted)item.Wanted }));
        return reply;
    }

    private static Wire.LeasedJob Leased(JobRow job, ReadOnlyMemory<byte> body)
    {
        var leased = new Wire.LeasedJob
        {
            Lease = Lease(new LeaseToken(job.Id, job.Now.Attempt)),
            Queue = job.Spec.Queue.Text,
            Method = job.Spec.Method.Text,
            Version = (uint)job.Now.RanVersion,
            Params = Encoding.UTF8.GetString(job.Spec.Params),
            // Wrapped, not copied: nobody changes the bytes of a stored row.
            Body = UnsafeByteOperations.UnsafeWrap(body),
            ContentType = job.Spec.ContentType ?? "",
            Alone = job.Now.Alone,
        };
        if (job.Spec.TimeLimit > TimeSpan.Zero) leased.TimeLimit = Duration.FromTimeSpan(job.Spec.TimeLimit);
        if (job.Spec.Deadline < Instant.Never) leased.Deadline = Timestamp.FromDateTimeOffset(job.Spec.Deadline.ToDateTimeOffset());
        return leased;
    }

    private static Wire.Lease Lease(LeaseToken lease) => new() { Job = (ulong)lease.Job.Value, Attempt = (uint)lease.Attempt };
}
