using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Headrace.Protocol.Json;

namespace Headrace.Bench.Speed.Loads;

/// <summary>
/// Sends large bodies, each of which is hashed once. The reply to the same request contains the digest, which is
/// compared with the expected one.
/// </summary>
internal sealed class PayloadLoad(Target target, LoadSpec order) : ILoad
{
    // A fixed set of different bodies, so that consecutive requests differ and the digests can be computed in advance.
    private readonly IReadOnlyList<(byte[] Body, string Digest)> _bodies =
    [
        .. Enumerable.Range(0, 7).Select(i => Make(order.BodyBytes, i)),
    ];

    public async Task<LoadRound> RoundAsync(int count, CancellationToken stop)
    {
        var began = TimeProvider.System.GetTimestamp();
        var taken = await Senders.SendAsync(
            count,
            order.Connections,
            async i =>
            {
                var (body, digest) = _bodies[i % _bodies.Count];
                using var content = new ByteArrayContent(body);
                content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
                using var request = new HttpRequestMessage(HttpMethod.Post, "v1/jobs?method=sha512&iterations=1")
                {
                    Content = content,
                };
                request.Headers.Add("Prefer", "wait=30");
                using var reply = await target.Http.SendAsync(request, stop);
                var text = await reply.Content.ReadAsByteArrayAsync(stop);
                var ended =
                    reply.StatusCode == HttpStatusCode.OK
                        ? JsonSerializer.Deserialize(text, HeadraceJson.Default.JobReply)
                        : null;
                if (ended?.Result?.GetString() != digest)
                    throw new IOException(
                        $"The reply (status {(int)reply.StatusCode}) contains the wrong digest: "
                            + $"{Encoding.UTF8.GetString(text)}"
                    );
            }
        );
        return Senders.Round(count, began, taken);
    }

    private static (byte[] Body, string Digest) Make(int bytes, int seed)
    {
        var body = new byte[bytes];
        new Random(seed).NextBytes(body);
        return (body, Convert.ToHexStringLower(SHA512.HashData(body)));
    }
}
