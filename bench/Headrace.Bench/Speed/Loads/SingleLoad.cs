using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Headrace.Bench.Speed.Loads;

/// <summary>
/// Sends one no-op job per request. Each connection sends its next request after receiving the previous reply. A round
/// ends when every result is stored.
/// </summary>
internal sealed class SingleLoad(Target target, LoadSpec order) : ILoad
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private readonly string _keys = FormattableString.Invariant($"load-{Environment.ProcessId}");
    private readonly byte[] _job = Encoding.UTF8.GetBytes(
        $"{{\"method\":\"noop\",\"body\":\"{new string('x', order.BodyBytes)}\"}}"
    );

    public async Task<LoadRound> RoundAsync(int count, CancellationToken stop)
    {
        var before = await target.SucceededAsync(stop);
        var began = TimeProvider.System.GetTimestamp();
        var taken = await Senders.SendAsync(
            count,
            order.Connections,
            async i =>
            {
                using var content = new ByteArrayContent(_job);
                content.Headers.ContentType = Json;
                using var request = new HttpRequestMessage(HttpMethod.Post, "v1/jobs") { Content = content };
                if (order.Keys)
                    request.Headers.Add("Idempotency-Key", FormattableString.Invariant($"{_keys}-{before + i}"));
                using var reply = await target.Http.SendAsync(request, stop);
                if (reply.StatusCode != HttpStatusCode.Accepted)
                    throw new IOException(
                        $"The server replied to a job with {(int)reply.StatusCode}: "
                            + await reply.Content.ReadAsStringAsync(stop)
                    );
            }
        );
        await target.UntilSucceededAsync(before + count, stop);
        return Senders.Round(count, began, taken);
    }
}
