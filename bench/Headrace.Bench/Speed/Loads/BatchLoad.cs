using System.Net.Http.Headers;
using System.Text;
using Headrace.Protocol.Exchange;

namespace Headrace.Bench.Speed.Loads;

/// <summary>
/// Sends jobs in batches, in either format of <c>jobs:batch</c>. The load checks every reply. A round ends when
/// every result is stored.
/// </summary>
internal sealed class BatchLoad(Target target, LoadSpec order) : ILoad
{
    private readonly bool _binary = order.Kind == LoadKinds.Protobuf;
    private readonly string _keys = FormattableString.Invariant($"load-{Environment.ProcessId}");

    public async Task<LoadRound> RoundAsync(int count, CancellationToken stop)
    {
        var before = await target.SucceededAsync(stop);
        var began = TimeProvider.System.GetTimestamp();
        var requests = (count + order.Batch - 1) / order.Batch;
        // Without keys, all requests can have the same body, because the server takes as long for identical jobs as for
        // different ones. With keys, a separate body is written for each request.
        var whole = order.Keys ? null : Write(order.Batch, before);
        var taken = await Senders.SendAsync(
            requests,
            order.Connections,
            async i =>
            {
                var jobs = Math.Min(order.Batch, count - (i * order.Batch));
                using var content = new ByteArrayContent(
                    jobs == order.Batch && whole is not null ? whole : Write(jobs, before + ((long)i * order.Batch))
                );
                content.Headers.ContentType = new MediaTypeHeaderValue(
                    _binary ? "application/x-protobuf" : "application/jsonl"
                );
                var reply = await target.PostAsync("v1/jobs:batch", content, stop);
                var accepted = _binary
                    ? SubmitReply.Read(reply).Results.Count(result => result.Id > 0)
                    : Occurrences(reply, "\"id\":"u8);
                if (accepted != jobs)
                    throw new IOException(
                        $"Only {accepted} of {jobs} jobs were accepted: "
                            + Encoding.UTF8.GetString(reply.AsSpan(0, Math.Min(reply.Length, 500)))
                    );
            }
        );
        await target.UntilSucceededAsync(before + count, stop);
        return Senders.Round(count, began, taken);
    }

    private byte[] Write(int jobs, long first)
    {
        if (_binary)
        {
            var body = order.Params is null ? Encoding.UTF8.GetBytes(new string('x', order.BodyBytes)) : [];
            var parameters = Encoding.UTF8.GetBytes(order.Params ?? "");
            var batch = new SubmitBatch();
            for (var i = 0; i < jobs; i++)
                batch.Jobs.Add(
                    new SubmitJob
                    {
                        Method = order.Method,
                        Body = body,
                        Params = parameters,
                        IdempotencyKey = order.Keys ? Key(first + i) : "",
                    }
                );
            return WireWriter.ToBytes(batch);
        }
        var lines = new StringBuilder();
        for (var i = 0; i < jobs; i++)
            lines
                .Append(order.JobJson.AsSpan(..^1))
                .Append(order.Keys ? $",\"idempotencyKey\":\"{Key(first + i)}\"}}\n" : "}\n");
        return Encoding.UTF8.GetBytes(lines.ToString());
    }

    private string Key(long number) => FormattableString.Invariant($"{_keys}-{number}");

    private static int Occurrences(ReadOnlySpan<byte> text, ReadOnlySpan<byte> mark) => text.Count(mark);
}
