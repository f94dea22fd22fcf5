using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Headrace.Server.Hosting;
using Headrace.Tests.Support;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Headrace.Tests.Server.Fuzz;

/// <summary>
/// Sends hostile requests to every route of a real server for at least 30 s. None may cause an internal error, and the
/// server must still accept, run and return jobs. If <c>HEADRACE_FUZZ_INPUTS</c> is set, the test sends that number of
/// requests instead. <c>HEADRACE_FUZZ_SEED</c> selects other requests.
/// </summary>
[Trait("Needs", "Servers")]
public sealed partial class HostileInputTests
{
    /// <summary>
    /// A client that is still sending a body when the server rejects the request may not receive the reply.
    /// </summary>
    private const int MaxUnread = 16 << 10;

    private const int Senders = 4;
    private const int InputsPerCheck = 500;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The maximum time for sending requests. It applies if, after the usual time, there is a kind of request that has
    /// not been both accepted and rejected.
    /// </summary>
    private static readonly TimeSpan MaxDuration = TimeSpan.FromMinutes(5);

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
            options => options with { Demo = DemoSystems.Seed001 | DemoSystems.Seed004, QueueJobs = 10_000_000 },
            parts => parts with { Logging = logging => logging.SetMinimumLevel(LogLevel.Error).AddProvider(log) }
        );
        using var matched = new MatchedRoutes(scene.Server);
        await JoinAsync("noop", """{"type":"object"}""");
        await JoinAsync("sha512", FrontScene.Sha512Schema);
        var worker = await JoinAsync("probe", "{}");
        using var client = scene.Client();
        using var checking = new SemaphoreSlim(1);
        var seed = Setting("HEADRACE_FUZZ_SEED") ?? RandomSeed.First;
        var inputs = Setting("HEADRACE_FUZZ_INPUTS");
        var start = TimeProvider.System.GetTimestamp();
        var (sent, replies) = (0, new ConcurrentDictionary<string, int>());

        await Task.WhenAll(Enumerable.Range(0, Senders).Select(SendAsync));

        await CheckAsync(client, worker, "text/plain", checking);
        TestContext.Current.SendDiagnosticMessage(
            $"{sent} requests with seed {seed}: "
                + string.Join(", ", replies.OrderBy(r => r.Key).Select(r => $"{r.Value} × {r.Key}"))
        );
        Assert.True(log.Lines.Count == 0, $"Seed {seed}: {log.Lines.FirstOrDefault()}");
        // The requests must reach the code that they test. Therefore, some requests of each kind must be accepted, and
        // many must be rejected; each route must be reached, also one that is added later; and over TCP, the Host must
        // be checked.
        Assert.True(Missing() is [], $"Seed {seed}: no request got or reached {string.Join(", ", Missing())}.");

        IReadOnlyList<string> Missing() =>
            [
                .. HostileRequests
                    .Kinds.Append("over TCP")
                    .SelectMany(kind => (string[])[$"{kind} 2", $"{kind} 4"])
                    .Append("over TCP 421")
                    .Where(reply => !replies.Keys.Any(key => key.StartsWith(reply, StringComparison.Ordinal)))
                    .Concat(matched.Missing()),
            ];

        async Task SendAsync(int sender)
        {
            var requests = new HostileRequests(seed + sender, scene.Key, scene.Server.Routes);
            for (var i = 1; !IsOver(); i++)
            {
                var request = requests.Next();
                var (status, id, text) = await ReplyAsync(scene, request);
                replies.AddOrUpdate($"{request.Kind} {status}", 1, (_, count) => count + 1);
                if (request.OverTcp)
                    replies.AddOrUpdate($"over TCP {status}", 1, (_, count) => count + 1);
                Assert.False(
                    status.StartsWith('5') && !IsDeliberate(request, text),
                    $"Seed {seed}, sender {sender}, request {i} got {text}: {request}\n{log.Lines.LastOrDefault()}"
                );
                Assert.False(
                    request is { IsComplete: true, Bytes.Length: < MaxUnread } && status == "none",
                    $"Seed {seed}, sender {sender}, request {i} got no reply: {request}"
                );
                // Every job that was accepted can be read back. However, a sweep from another sender may already have
                // deleted a job that the requests change.
                var isChanged = request.Kind == HostileRequests.JobToChange;
                if (isChanged && id is not null)
                    requests.AddKnown(id);
                foreach (var path in id is null || isChanged ? [] : PathsOf(id))
                    Assert.True(await ReadsAsync(client, path), $"Seed {seed}: {path} cannot be read after {request}");
                if (Interlocked.Increment(ref sent) % InputsPerCheck == 0)
                    await CheckAsync(client, worker, new HostileValues(new Random(seed + i)).Text(), checking);
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
                : TimeProvider.System.GetElapsedTime(start) is var elapsed
                    && (elapsed >= MaxDuration || (elapsed >= Duration && Missing() is []));
    }

    /// <summary>
    /// Returns the reply's status ("none" if the connection was closed without a reply), the id of a job that was
    /// accepted, and the beginning of the reply.
    /// </summary>
    private static async Task<(string Status, string? Id, string Text)> ReplyAsync(
        ServerScene scene,
        HostileRequest request
    )
    {
        EndPoint server = request.OverTcp
            ? new IPEndPoint(IPAddress.Loopback, new Uri(scene.Server.Ready.Url).Port)
            : new UnixDomainSocketEndPoint(scene.Server.Ready.Socket);
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(server, TestContext.Current.CancellationToken);
        await using var stream = new NetworkStream(socket);
        using var reply = new MemoryStream();
        try
        {
            await stream.WriteAsync(request.Bytes, TestContext.Current.CancellationToken);
            if (!request.IsComplete)
                socket.Shutdown(SocketShutdown.Send);
            await Eventually.EndsAsync($"the reply to {request}", CopyAsync(stream, reply));
        }
        catch (IOException)
        {
            // The server may close the connection before it has read everything.
        }
        var text = Encoding.Latin1.GetString(reply.GetBuffer(), 0, (int)Math.Min(reply.Length, 2_000));
        var status = text.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) ? text[9..12] : "none";
        var accepted = request.Kind is "job" or "raw job" or "work" or HostileRequests.JobToChange
            ? AcceptedId().Match(text)
            : Match.Empty;
        return (status, accepted.Success ? accepted.Groups[1].Value : null, text);
    }

    private static string[] PathsOf(string id) => [$"/v1/jobs/{id}", $"/v1/jobs/{id}/input"];

    /// <summary>
    /// Returns whether a reply says that the server cannot accept the request at the moment, which is not an error. The
    /// reply to HEAD has no body that could contain this information.
    /// </summary>
    private static bool IsDeliberate(HostileRequest request, string reply) =>
        reply.StartsWith("HTTP/1.1 503", StringComparison.Ordinal)
        && (
            DeliberateProblem().IsMatch(reply)
            || (
                request.Bytes.AsSpan().StartsWith("HEAD "u8)
                && reply.Contains("application/problem+json", StringComparison.Ordinal)
            )
        );

    /// <summary>Copies a reply. An event stream does not end on its own, so only its head is read.</summary>
    private static async Task CopyAsync(NetworkStream stream, MemoryStream reply)
    {
        var buffer = new byte[16 << 10];
        while (await stream.ReadAsync(buffer, TestContext.Current.CancellationToken) is var read and > 0)
        {
            await reply.WriteAsync(buffer.AsMemory(0, read), TestContext.Current.CancellationToken);
            if (buffer.AsSpan(0, read).IndexOf("text/event-stream"u8) >= 0)
                return;
        }
    }

    /// <summary>
    /// Submits a job whose result has the given content type, runs it, and reads its result and every list.
    /// </summary>
    private static async Task CheckAsync(HttpClient client, FrontWorker worker, string type, SemaphoreSlim checking)
    {
        await checking.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            using var submitted = await client.PostAsync(
                "/v1/jobs",
                FrontScene.Json("""{"method":"probe","priority":1}"""),
                TestContext.Current.CancellationToken
            );
            Assert.True(submitted.StatusCode == HttpStatusCode.Accepted, await FrontScene.TextAsync(submitted));
            var job = await worker.ClaimAsync();
            await worker.SucceedAsync(job, "done", type);
            foreach (var path in (string[])[$"/v1/jobs/{job.Lease.Job}/result", .. Lists])
                Assert.True(await ReadsAsync(client, path), $"{path} cannot be read; the result's type is '{type}'.");
        }
        finally
        {
            checking.Release();
        }
    }

    private static async Task<bool> ReadsAsync(HttpClient client, string path)
    {
        using var response = await client.GetAsync(path, TestContext.Current.CancellationToken);
        return response.IsSuccessStatusCode;
    }

    [GeneratedRegex("(?:^\\{\"id\":\"|^work id: )([0-9]+)", RegexOptions.Multiline)]
    private static partial Regex AcceptedId();

    [GeneratedRegex("\"type\":\"[^\"]*/problems/(unavailable|storage-full)\"")]
    private static partial Regex DeliberateProblem();

    private static int? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : null;
}
