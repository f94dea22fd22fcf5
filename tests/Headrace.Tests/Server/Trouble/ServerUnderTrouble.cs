using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Headrace.Tests.Cli;
using Xunit;

namespace Headrace.Tests.Server.Trouble;

/// <summary>
/// Runs <c>headrace up</c> as a process on a data folder that outlives the process, and provides helper methods that
/// use HTTP.
/// </summary>
internal sealed class ServerUnderTrouble : IAsyncDisposable
{
    private readonly ThrowAwayFolder _home = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly TaskCompletionSource<string> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Process _process;
    private HttpClient? _client;

    private ServerUnderTrouble(string data, IEnumerable<(string, string)> environment)
    {
        _process = CliProcess.Start(
            _home.Path,
            [("XDG_RUNTIME_DIR", _home.Path), .. environment],
            "up",
            "--json",
            "--data",
            data,
            "--port",
            "0",
            "--workers",
            "0"
        );
        _process.OutputDataReceived += (_, line) => _ready.TrySetResult(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _errors.Enqueue(line.Data ?? "");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Errors => string.Join('\n', _errors);

    public int ProcessId => _process.Id;

    public bool Runs => !_process.HasExited;

    public HttpClient Client => _client ?? throw new InvalidOperationException("The server is not ready.");

    /// <summary>Starts the server and waits until it is ready.</summary>
    public static async Task<ServerUnderTrouble> StartAsync(string data, params (string, string)[] environment)
    {
        var server = new ServerUnderTrouble(data, environment);
        try
        {
            var line = await Eventually.EndsAsync("the server to be ready", server._ready.Task);
            Assert.True(line.Length > 0, $"The server ended before it was ready:\n{server.Errors}");
            server._client = ServerScene.OverSocket(JsonElement.Parse(line).GetProperty("socket").GetString()!);
            server._client.Timeout = Eventually.Deadline;
            var key = await File.ReadAllTextAsync(
                Path.Combine(data, "admin.key"),
                TestContext.Current.CancellationToken
            );
            server._client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key.Trim());
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Starts a server that must exit before it is ready, and returns its exit code and its error output.
    /// </summary>
    public static async Task<(int Code, string Errors)> RefusedAsync(string data)
    {
        await using var server = new ServerUnderTrouble(data, []);
        return (await server.EndAsync(), server.Errors);
    }

    /// <summary>
    /// Waits until the server has written this text to standard error, which may occur slightly later than the event.
    /// </summary>
    public Task SaysAsync(string words) =>
        Eventually.HoldsAsync($"the server to write '{words}'", () => Errors.Contains(words, StringComparison.Ordinal));

    public WireWorker Worker() => new(Client, "w1", 42);

    /// <summary>
    /// Submits a job with a body of this many bytes and returns the status and, for 202, the id. The size identifies
    /// the job.
    /// </summary>
    public async Task<Submitted> SubmitAsync(int bytes = 100)
    {
        using var content = new ByteArrayContent(new byte[bytes]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var response = await Client.PostAsync(
            "/v1/jobs?method=echo",
            content,
            TestContext.Current.CancellationToken
        );
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new Submitted(
            response.StatusCode,
            response.StatusCode == HttpStatusCode.Accepted
                ? JsonElement.Parse(text).GetProperty("id").GetString()
                : null,
            text,
            response.Headers.RetryAfter?.Delta
        );
    }

    /// <summary>Submits jobs one after another; each of them must be acknowledged.</summary>
    public async Task<IReadOnlyList<string>> AcknowledgedAsync(int jobs, int bytes = 100)
    {
        var ids = new List<string>();
        while (ids.Count < jobs)
        {
            var submitted = await SubmitAsync(bytes);
            Assert.True(submitted.Id is not null, submitted.Text);
            ids.Add(submitted.Id);
        }
        return ids;
    }

    /// <summary>The state of a job. The test fails if an acknowledged job is missing.</summary>
    public async Task<string> StateAsync(string job) =>
        (await Client.GetFromJsonAsync<JsonElement>($"/v1/jobs/{job}", TestContext.Current.CancellationToken))
            .GetProperty("state")
            .GetString()!;

    public async Task<string> ResultAsync(string job) =>
        await Client.GetStringAsync($"/v1/jobs/{job}/result", TestContext.Current.CancellationToken);

    public async Task<(HttpStatusCode Status, string Text)> ReadyzAsync()
    {
        using var response = await Client.GetAsync("/readyz", TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public async Task<int> StopAsync()
    {
        Signals.Send("TERM", _process.Id);
        return await EndAsync();
    }

    public Task<int> KillAsync()
    {
        _process.Kill();
        return EndAsync();
    }

    /// <summary>Waits until the server has exited and all of its output has been read.</summary>
    public async Task<int> EndAsync()
    {
        await Eventually.EndsAsync(
            "the server process to end",
            _process.WaitForExitAsync(TestContext.Current.CancellationToken)
        );
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }
        _process.Dispose();
        _client?.Dispose();
        _home.Dispose();
    }

    /// <summary>The reply to a submission.</summary>
    public sealed record Submitted(HttpStatusCode Status, string? Id, string Text, TimeSpan? RetryAfter)
    {
        public bool NoRoom =>
            Status == HttpStatusCode.ServiceUnavailable
            && Text.Contains("/problems/storage-full", StringComparison.Ordinal);
    }
}
