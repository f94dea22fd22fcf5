using System.Net.Http.Headers;
using System.Text;
using Headrace.Protocol.Exchange;

namespace Headrace.Bench.Speed.Loads;

/// <summary>
/// Submits jobs that stay ready, because no current worker offers their method. A round ends when all are acknowledged.
/// </summary>
internal sealed class FillLoad(Target target, LoadSpec order) : ILoad
{
    private const string Method = "bench.nobody";
    private const string Worker = "bench-once";

    public async Task<LoadRound> RoundAsync(int count, CancellationToken stop)
    {
        await OfferAsync(stop);
        var began = TimeProvider.System.GetTimestamp();
        var line = $"{{\"method\":\"{Method}\",\"body\":\"{new string('x', order.BodyBytes)}\"}}\n";
        var whole = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(line, order.Batch)));
        var taken = await Senders.SendAsync(
            count / order.Batch,
            order.Connections,
            async _ =>
            {
                using var content = new ByteArrayContent(whole);
                content.Headers.ContentType = new MediaTypeHeaderValue("application/jsonl");
                var accepted = target.PostAsync("v1/jobs:batch", content, stop);
                if (((ReadOnlySpan<byte>)await accepted).Count("\"id\":"u8) != order.Batch)
                    throw new IOException("Not every job in a batch was accepted.");
            }
        );
        return Senders.Round(count, began, taken);
    }

    /// <summary>
    /// Sends a single exchange as a worker that accepts no jobs, so that the server knows the method.
    /// </summary>
    private async Task OfferAsync(CancellationToken stop)
    {
        var join = new ExchangeRequest
        {
            Worker = Worker,
            Incarnation = 1,
            ExchangeNumber = 1,
            Slots = 1,
            Draining = true,
            Wait = WireTime.Of(TimeSpan.Zero),
        };
        join.Offers.Add(
            new Offer
            {
                Method = Method,
                Version = 1,
                Schema = "{\"type\":\"object\"}",
            }
        );
        using var content = new ByteArrayContent(WireWriter.ToBytes(join));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        await target.PostAsync($"v1/workers/{Worker}/exchange", content, stop);
    }
}
