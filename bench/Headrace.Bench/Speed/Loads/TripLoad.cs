using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Headrace.Protocol.Json;

namespace Headrace.Bench.Speed.Loads;

/// <summary>
/// Measures the time from submission to result, one job at a time on an idle server: with one request that waits, or
/// with two (submit, then read the result and wait).
/// </summary>
internal sealed class TripLoad(Target target, LoadSpec order) : ILoad
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private readonly byte[] _job = Encoding.UTF8.GetBytes(
        $"{{\"method\":\"noop\",\"body\":\"{new string('x', order.BodyBytes)}\"}}"
    );

    public async Task<LoadRound> RoundAsync(int count, CancellationToken stop)
    {
        var began = TimeProvider.System.GetTimestamp();
        var taken = await Senders.SendAsync(
            count,
            order.Connections,
            _ => order.Kind == LoadKinds.Waiting ? WaitAsync(stop) : PostThenGetAsync(stop)
        );
        return Senders.Round(count, began, taken);
    }

    private async Task WaitAsync(CancellationToken stop)
    {
        using var request = Submission();
        request.Headers.Add("Prefer", "wait=20");
        using var reply = await target.Http.SendAsync(request, stop);
        var ended = JsonSerializer.Deserialize(
            await reply.Content.ReadAsByteArrayAsync(stop),
            HeadraceJson.Default.JobReply
        );
        if (reply.StatusCode != HttpStatusCode.OK || ended?.Result?.GetString()?.Length != order.BodyBytes)
            throw new IOException($"The reply (status {(int)reply.StatusCode}) does not contain the expected result.");
    }

    private async Task PostThenGetAsync(CancellationToken stop)
    {
        using var request = Submission();
        using var accepted = await target.Http.SendAsync(request, stop);
        if (accepted.StatusCode != HttpStatusCode.Accepted)
            throw new IOException($"The server replied to a job with {(int)accepted.StatusCode}.");
        var id = JsonSerializer
            .Deserialize(await accepted.Content.ReadAsByteArrayAsync(stop), HeadraceJson.Default.SubmittedReply)!
            .Id;
        using var reply = await target.Http.GetAsync($"v1/jobs/{id}/result?wait=20", stop);
        var result = await reply.Content.ReadAsByteArrayAsync(stop);
        if (reply.StatusCode != HttpStatusCode.OK || result.Length != order.BodyBytes)
            throw new IOException(
                $"The reply (status {(int)reply.StatusCode}) contains {result.Length} bytes "
                    + $"that are not the expected result."
            );
    }

    private HttpRequestMessage Submission()
    {
        var content = new ByteArrayContent(_job);
        content.Headers.ContentType = Json;
        return new HttpRequestMessage(HttpMethod.Post, "v1/jobs") { Content = content };
    }
}
