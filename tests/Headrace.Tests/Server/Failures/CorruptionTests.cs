using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Headrace.Core.Jobs;
using Headrace.Server.Hosting;
using Xunit;

namespace Headrace.Tests.Server.Failures;

/// <summary>Failure 3 in docs/operations.md: data is corrupted on disk or in transit.</summary>
public sealed class CorruptionTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_result_corrupted_on_disk_is_not_returned_and_a_job_with_a_corrupted_body_does_not_run()
    {
        using var folder = new ThrowAwayFolder();
        var (result, body, whole) = (Hex(), Hex(), Hex());
        JobId ended,
            waiting,
            well;
        await using (var scene = await StartAsync(folder))
        {
            var worker = scene.Worker();
            ended = await scene.SubmitAfterJoinAsync(worker);
            var lease = Assert.Single((await worker.SendAsync(worker.Next(waitSeconds: 5))).Leases).Lease;
            await worker.SendAsync(worker.Report(WireWorker.Succeeded(lease, result)));
            waiting = await scene.SubmitAsync(body: Encoding.ASCII.GetBytes(body));
            well = await scene.SubmitAsync(body: Encoding.ASCII.GetBytes(whole));
        }

        Flip(Path.Combine(folder.Path, "headrace.db"), result);
        Flip(Path.Combine(folder.Path, "headrace.db"), body);
        await using var second = await StartAsync(folder);
        using var read = await second.Client().GetAsync($"/v1/jobs/{ended}/result", Stop);
        var next = second.Worker("w2");
        await second.SubmitAfterJoinAsync(next);
        var leases = (await next.SendAsync(next.Next(waitSeconds: 5, slots: 3))).Leases;

        Assert.Equal(HttpStatusCode.InternalServerError, read.StatusCode);
        Assert.Equal(
            $"The result of job {ended} is damaged in the store: its bytes do not match their SHA-256 digest.",
            JsonElement.Parse(await read.Content.ReadAsStringAsync(Stop)).GetProperty("detail").GetString()
        );
        Assert.DoesNotContain(leases, lease => lease.Lease.Job == (ulong)waiting.Value);
        Assert.Equal(whole, leases.Single(lease => lease.Lease.Job == (ulong)well.Value).Body.ToStringUtf8());
        var failed = JsonElement.Parse(await second.Client().GetStringAsync($"/v1/jobs/{waiting}", Stop));
        Assert.Equal(
            ("failed", "DamagedInput"),
            (failed.GetProperty("state").GetString(), failed.GetProperty("error").GetProperty("type").GetString())
        );
    }

    [Fact]
    public async Task A_body_corrupted_in_transit_is_rejected_if_the_sender_supplied_its_digest()
    {
        await using var scene = await ServerScene.StartAsync();
        await using var network = new BadNetwork(scene.Server.Ready.Url);
        var worker = scene.Worker();
        await worker.SendAsync(worker.Next());
        var body = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(Hex(), 200)));
        using var client = new HttpClient { BaseAddress = new Uri(network.Url) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", scene.Key);

        network.Fault = NetworkFault.FlipsBits;
        using var changed = await client.SendAsync(Submission(body), Stop);
        network.Fault = NetworkFault.None;
        using var whole = await client.SendAsync(Submission(body), Stop);

        var words = await changed.Content.ReadAsStringAsync(Stop);
        Assert.Equal(HttpStatusCode.BadRequest, changed.StatusCode);
        Assert.Contains("The body may have been changed in transit. Send it again.", words, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Accepted, whole.StatusCode);
        var id = JsonElement.Parse(await whole.Content.ReadAsStringAsync(Stop)).GetProperty("id").GetString();
        using var input = await client.GetAsync($"/v1/jobs/{id}/input", Stop);
        Assert.Equal(Digest(body), Assert.Single(input.Headers.GetValues("Repr-Digest")));
        Assert.Equal(body, await input.Content.ReadAsByteArrayAsync(Stop));
    }

    private static HttpRequestMessage Submission(byte[] body)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        content.Headers.Add("Content-Digest", Digest(body));
        return new HttpRequestMessage(HttpMethod.Post, "/v1/jobs?method=echo") { Content = content };
    }

    private static string Digest(byte[] body) => $"sha-256=:{Convert.ToBase64String(SHA256.HashData(body))}:";

    private static string Hex() => RandomNumberGenerator.GetHexString(200);

    /// <summary>
    /// Finds the text in the file, where it must occur exactly once, and flips a bit in the middle of the text.
    /// </summary>
    private static void Flip(string file, string text)
    {
        var bytes = File.ReadAllBytes(file);
        var at = bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(text));
        Assert.True(at >= 0, "The file does not contain the text to corrupt.");
        bytes[at + (text.Length / 2)] ^= 1;
        File.WriteAllBytes(file, bytes);
    }

    private static async Task<ServerScene> StartAsync(ThrowAwayFolder folder) =>
        new(
            await HeadraceServer.StartAsync(
                new ServerOptions
                {
                    Data = folder.Path,
                    Port = 0,
                    Workers = 0,
                },
                new ServerDependencies { WritesRunningServer = false },
                Stop
            )
        );
}
