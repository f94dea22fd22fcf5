using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using Headrace.Client;
using Headrace.Protocol.Json;
using Headrace.Protocol.Local;
using Headrace.Server.Machine;
using Headrace.Server.Pools.Local;
using Headrace.Tests.Cli;
using Xunit;

namespace Headrace.Tests.Server.Takeover;

/// <summary>
/// Runs real processes in a separate home folder: one server at a time (<c>headrace up</c>) on one data folder and
/// port, its local workers, and manually started workers (<c>headrace worker start</c>). Disposal kills the processes
/// that are still running.
/// </summary>
internal sealed class ProcessScene(params (string, string)[] settings) : IAsyncDisposable
{
    /// <summary>128 + SIGKILL.</summary>
    private const int KilledCode = 137;

    private readonly ThrowAwayFolder _home = new();
    private readonly List<Process> _workers = [];

    /// <summary>The standard error output of all processes. It is included in the message of a failed test.</summary>
    private readonly ConcurrentQueue<string> _errors = new();

    private Process? _server;
    private HeadraceClient? _client;
    private HeadraceClient? _impatient;
    private Channel<string> _lines = Channel.CreateUnbounded<string>();
    private string _port = "0";

    /// <summary>The address at which workers reach the server; the same for every server in this scene.</summary>
    public string Socket { get; private set; } = "";

    public string Url { get; private set; } = "";

    public int ServerId => _server!.Id;

    private string Data => _home["data"];

    public string Key => File.ReadAllText(LocalPaths.AdminKey(Data)).Trim();

    /// <summary>The running local workers, regardless of which server started them.</summary>
    public IReadOnlyList<LocalWorker> LocalWorkers =>
        [
            .. ProcessTable
                .Workers()
                .Where(worker => worker.Server == $"unix:{Socket}")
                .OrderBy(worker => worker.Process),
        ];

    /// <summary>Starts a server and waits until it is ready and its local workers have joined.</summary>
    public async Task UpAsync(int workers, string? crashPoint = null)
    {
        Launch(workers, crashPoint);
        var ready = JsonElement.Parse(await NextLineAsync());
        (Url, Socket) = (ready.GetProperty("url").GetString()!, ready.GetProperty("socket").GetString()!);
        _port = new Uri(Url).Port.ToString(CultureInfo.InvariantCulture);
        if (workers > 0)
            await NextLineAsync();
    }

    /// <summary>Starts a server without waiting for it.</summary>
    public void Launch(int workers, string? crashPoint = null)
    {
        _server?.Dispose();
        _lines = Channel.CreateUnbounded<string>();
        var lines = _lines.Writer;
        _server = CliProcess.Start(
            _home.Path,
            Environment(crashPoint),
            "up",
            "--json",
            "--data",
            Data,
            "--port",
            _port,
            "--workers",
            $"{workers}"
        );
        _server.OutputDataReceived += (_, line) =>
            _ = line.Data is null ? lines.TryComplete() : lines.TryWrite(line.Data);
        Listen(_server, "server");
    }

    /// <summary>Starts a worker in the <i>default</i> pool. It is not a child process of the server.</summary>
    public Process Work(string? crashPoint = null, string? server = null)
    {
        var worker = CliProcess.Start(
            _home.Path,
            [.. Environment(crashPoint), (WorkerProcess.Server, server ?? $"unix:{Socket}"), (WorkerProcess.Key, Key)],
            "worker",
            "start"
        );
        _workers.Add(worker);
        Listen(worker, "worker");
        return worker;
    }

    /// <summary>
    /// A client of the current server. Once the client has received a reply from the server, it retries unanswered
    /// submissions for up to a minute.
    /// </summary>
    public HeadraceClient Client => _client ??= Connect(TimeSpan.FromMinutes(1));

    /// <summary>A client that never retries.</summary>
    public HeadraceClient Impatient => _impatient ??= Connect(TimeSpan.Zero);

    /// <summary>Polls a job until the job meets a condition.</summary>
    public Task<JobReply> SeesAsync(string what, string id, Func<JobReply, bool> holds) =>
        SeesAsync(
            what,
            async client =>
                await client.GetJobAsync(id, TestContext.Current.CancellationToken) is var job && holds(job)
                    ? job
                    : null
        );

    /// <summary>Polls until a condition holds. Requests are retried while the server is stopped or suspended.</summary>
    public async Task<T> SeesAsync<T>(string what, Func<HeadraceClient, Task<T?>> look)
        where T : class
    {
        try
        {
            return await Eventually.SeesAsync(what, () => look(Client), Eventually.WithProcesses);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{late.Message} Output of the processes:\n{string.Join('\n', _errors)}");
        }
    }

    /// <summary>Waits until the given worker has joined and registered its methods.</summary>
    public Task JoinedAsync(Process worker) =>
        SeesAsync(
            "a worker to join",
            async client =>
                (await client.ListWorkersAsync(TestContext.Current.CancellationToken)).FirstOrDefault(w =>
                    w.Name.Contains($"-{worker.Id}-", StringComparison.Ordinal) && w.Offers.Count > 0
                )
        );

    /// <summary>Sends SIGKILL to the server.</summary>
    public async Task KillAsync()
    {
        OsProcess.Kill(ServerId);
        await KilledAsync();
    }

    /// <summary>
    /// Waits until the server has been killed with SIGKILL, regardless of which process sent the signal.
    /// </summary>
    public Task KilledAsync() => KilledAsync(_server!, "the server");

    /// <summary>Waits until a process has been killed with SIGKILL.</summary>
    public async Task KilledAsync(Process process, string what)
    {
        await EndedAsync(process, what);
        Assert.True(
            process.ExitCode == KilledCode,
            $"{what} exited with code {process.ExitCode} instead of being killed by SIGKILL:\n"
                + string.Join('\n', _errors)
        );
    }

    /// <summary>Sends SIGTERM to the server and returns its exit code.</summary>
    public async Task<int> StopAsync()
    {
        Unix.Signal(ServerId, Unix.SigTerm);
        await EndedAsync(_server!, "the server");
        return _server!.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        _impatient?.Dispose();
        foreach (var process in _workers.Append(_server).OfType<Process>())
        {
            if (!process.HasExited)
                process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
        if (Socket.Length > 0)
            foreach (var worker in LocalWorkers)
                OsProcess.Kill(worker.Process);
        _home.Dispose();
    }

    private (string, string)[] Environment(string? crashPoint) =>
        [
            ("XDG_RUNTIME_DIR", _home.Path),
            .. settings,
            .. crashPoint is null ? Array.Empty<(string, string)>() : [(CrashPoint.Variable, crashPoint)],
        ];

    private HeadraceClient Connect(TimeSpan resend) =>
        new HeadraceClient(
            new HeadraceClientOptions
            {
                Server = Url,
                Key = Key,
                RetryTimeout = resend,
            }
        );

    private void Listen(Process process, string who)
    {
        process.ErrorDataReceived += (_, line) => _errors.Enqueue($"{who} {line.Data}");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    private async Task<string> NextLineAsync()
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(Eventually.WithProcesses);
        try
        {
            return await _lines.Reader.ReadAsync(late.Token);
        }
        catch (Exception silent) when (silent is OperationCanceledException or ChannelClosedException)
        {
            throw new TimeoutException(
                $"The server was not ready within {Eventually.WithProcesses.TotalSeconds} "
                    + $"s:\n{string.Join('\n', _errors)}"
            );
        }
    }

    private async Task EndedAsync(Process process, string what)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(Eventually.WithProcesses);
        try
        {
            await process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException(
                $"Timed out after waiting {Eventually.WithProcesses.TotalSeconds} s for {what} to end:\n"
                    + string.Join('\n', _errors)
            );
        }
    }
}
