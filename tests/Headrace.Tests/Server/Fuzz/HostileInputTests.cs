using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Headrace.Server.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Headrace.Tests.Server.Fuzz;

/// <summary>
/// Sends hostile requests to every route of a real server for 30 s. None may cause an internal error, and the server
/// must still accept, run and return jobs. <c>HEADRACE_FUZZ_INPUTS</c> sends a number of requests instead, and
/// <c>HEADRACE_FUZZ_SEED</c> repeats a run.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class HostileInputTests
{
    /// <summary>
    /// A client that still sends a body when the server has rejected the request may lose the reply.
    /// </summary>
    private const int MaxUnread = 16 << 10;

    private const int Senders = 4;
    private const int InputsPerCheck = 500;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(30);

    private static readonly string[] Lists =
    [
        "/healthz",
        "/openapi.json",
        "/v1/jobs?limit=1000",
        "/v1/results?top=1000",
        "/v1/queues",
        "/v1/methods",
        "/v1/workers",
    ];

    [Fact]
    public async Task No_request_causes_an_internal_error_or_stops_the_server()
    {
        var log = new LinesOfLog();
        await using var scene = await ServerScene.StartAsync(
            options => options with { Demo = DemoSystem.Seed001, QueueJobs = 10_000_000 },
            parts => parts with { Logging = logging => logging.SetMinimumLevel(LogLevel.Error).AddProvider(log) }
        );
        await JoinAsync("noop", """{"type":"object"}""");
        await JoinAsync("sha512", FrontScene.Sha512Schema);
        var worker = await JoinAsync("probe", "{}");
        using var client = scene.Client();
        using var checking = new SemaphoreSlim(1);
        var seed = Setting("HEADRACE_FUZZ_SEED") ?? Random.Shared.Next();
        var inputs = Setting("HEADRACE_FUZZ_INPUTS");
        var start = TimeProvider.System.GetTimestamp();
        var (sent, replies) = (0, new ConcurrentDictionary<string, int>());

        await Task.WhenAll(Enumerable.Range(0, Senders).Select(SendAsync));

        await CheckAsync(client, worker, checking);
        TestContext.Current.SendDiagnosticMessage(
            $"{sent} requests with seed {seed}: {string.Join(", ", replies.OrderBy(r => r.Key).Select(r => $"{r.Value} × {r.Key}"))}"
        );
        Assert.True(log.Lines.Count == 0, $"Seed {seed}: {log.Lines.FirstOrDefault()}");
        // The requests must reach what they test: some are accepted, and many are rejected.
        Assert.True(replies.GetValueOrDefault("202") > sent / 200, $"Seed {seed}: only few jobs were accepted.");
        Assert.True(replies.GetValueOrDefault("400") > sent / 20, $"Seed {seed}: only few requests were rejected.");

        async Task SendAsync(int sender)
        {
            var requests = new HostileRequests(seed + sender, scene.Key);
            for (var i = 1; !IsOver(); i++)
            {
                var request = requests.Next();
                var status = await ReplyAsync(scene, request);
                replies.AddOrUpdate(status, 1, (_, count) => count + 1);
                Assert.False(
                    status.StartsWith('5') && status != "503",
                    $"Seed {seed}, sender {sender}, request {i} got {status}: {request}\n{log.Lines.LastOrDefault()}"
                );
                Assert.False(
                    request is { IsComplete: true, Bytes.Length: < MaxUnread } && status == "none",
                    $"Seed {seed}, sender {sender}, request {i} got no reply: {request}"
                );
                if (Interlocked.Increment(ref sent) % InputsPerCheck == 0)
                    await CheckAsync(client, worker, checking);
            }
        }

        async Task<FrontWorker> JoinAsync(string method, string schema)
        {
            var joining = new FrontWorker(scene.Worker($"good-{method}"), method, 1, schema);
            await joining.ExchangeAsync(waitSeconds: 0);
            return joining;
        }

        bool IsOver() =>
            inputs is { } count
                ? Volatile.Read(ref sent) >= count
                : TimeProvider.System.GetElapsedTime(start) >= Duration;
    }

    /// <summary>Returns the status of the reply, or "none" if the connection was closed without one.</summary>
    private static async Task<string> ReplyAsync(ServerScene scene, HostileRequest request)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(
            new UnixDomainSocketEndPoint(scene.Server.Ready.Socket),
            TestContext.Current.CancellationToken
        );
        await using var stream = new NetworkStream(socket);
        using var reply = new MemoryStream();
        try
        {
            await stream.WriteAsync(request.Bytes, TestContext.Current.CancellationToken);
            if (!request.IsComplete)
                socket.Shutdown(SocketShutdown.Send);
            await Eventually.EndsAsync(
                $"the reply to {request}",
                stream.CopyToAsync(reply, TestContext.Current.CancellationToken)
            );
        }
        catch (IOException)
        {
            // The server may close the connection before it has read everything.
        }
        var text = Encoding.Latin1.GetString(reply.GetBuffer(), 0, (int)Math.Min(reply.Length, 12));
        return text.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) ? text[9..12] : "none";
    }

    /// <summary>Submits a job, runs it, reads its result, and reads every list.</summary>
    private static async Task CheckAsync(HttpClient client, FrontWorker worker, SemaphoreSlim checking)
    {
        await checking.WaitAsync(TestContext.Current.CancellationToken);
        using var submitted = await client.PostAsync(
            "/v1/jobs",
            FrontScene.Json("""{"method":"probe","priority":1}"""),
            TestContext.Current.CancellationToken
        );
        Assert.True(submitted.StatusCode == HttpStatusCode.Accepted, await FrontScene.TextAsync(submitted));
        var job = await worker.ClaimAsync();
        await worker.SucceedAsync(job, "done");
        foreach (var path in (string[])[$"/v1/jobs/{job.Lease.Job}/result", .. Lists])
        {
            using var response = await client.GetAsync(path, TestContext.Current.CancellationToken);
            Assert.True(response.IsSuccessStatusCode, $"{path}: {(int)response.StatusCode}");
        }
        checking.Release();
    }

    private static int? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : null;
}
