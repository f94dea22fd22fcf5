using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Threading.Channels;
using Headrace.Tests.Architecture;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>
/// A running <c>headrace up</c> process. It shares its home folder with the commands of the same test, so that they
/// find the server in the same way as a user's commands do.
/// </summary>
internal sealed class RunningServer((string, string)[] settings) : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    private readonly (string, string)[] _settings = settings;
    private readonly TemporaryFolder _home = new();
    private readonly ConcurrentQueue<string> _errors = [];
    private Channel<string> _output = Channel.CreateUnbounded<string>();
    private Process _process = new();

    public string Home => _home.Path;

    public int ProcessId { get; private set; }

    public string Url { get; private set; } = "";

    /// <summary>The memory bound that the server printed, in bytes.</summary>
    public long MemoryBytes { get; private set; }

    /// <summary>The path of the server's Unix socket.</summary>
    public string Socket { get; private set; } = "";

    /// <summary>The server's standard error output so far.</summary>
    public string Errors => string.Join('\n', _errors);

    // A server is started with either a number of workers or a list of pools.
    private string[] Workers =>
        _settings.Any(setting => setting.Item1.StartsWith("HEADRACE_POOLS", StringComparison.Ordinal))
            ? []
            : ["--workers", "2"];

    // Workers of a killed server must not search for its successor long after the test has ended.
    private (string, string)[] Environment =>
        [("XDG_RUNTIME_DIR", _home.Path), ("HEADRACE_ORPHAN_GRACE", "5s"), .. _settings];

    public static Task<RunningServer> StartAsync(params string[] arguments) => StartAsync([], arguments);

    /// <summary>Starts a server with these environment variables. The test's commands receive them as well.</summary>
    public static async Task<RunningServer> StartAsync((string, string)[] settings, params string[] arguments)
    {
        var server = new RunningServer(settings);
        await server.StartAgainAsync("0", arguments);
        return server;
    }

    /// <summary>
    /// Starts a server on the same data folder. If <paramref name="port"/> is the port of the previous server, clients
    /// find this one at the same address.
    /// </summary>
    public async Task StartAgainAsync(string? port = null, params string[] arguments)
    {
        port ??= new Uri(Url).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        _output = Channel.CreateUnbounded<string>();
        _process = CliProcess.Start(
            _home.Path,
            Environment,
            ["up", "--json", "--data", Path.Combine(_home.Path, "data"), "--port", port, .. Workers, .. arguments]
        );
        _process.OutputDataReceived += (_, line) => Say(line.Data);
        _process.ErrorDataReceived += (_, line) => _errors.Enqueue(line.Data ?? "");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        var ready = JsonElement.Parse(await NextLineAsync());
        // The server knows a method only after a worker that offers it has joined.
        await NextLineAsync();
        (Url, ProcessId) = (ready.GetProperty("url").GetString()!, ready.GetProperty("processId").GetInt32());
        Socket = ready.GetProperty("socket").GetString()!;
        MemoryBytes = ready.GetProperty("memoryBytes").GetInt64();
    }

    /// <summary>Reads the next line of the server's standard output.</summary>
    public async Task<string> NextLineAsync()
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(Deadline);
        try
        {
            return await _output.Reader.ReadAsync(late.Token);
        }
        catch (Exception silent) when (silent is OperationCanceledException or ChannelClosedException)
        {
            throw new TimeoutException(
                $"The server wrote no further line within {Deadline}. Its standard error: {string.Join('\n', _errors)}"
            );
        }
    }

    /// <summary>Runs a command as this server's user.</summary>
    public Task<CliProcess> CliAsync(params string[] arguments) => CliAsync([], arguments);

    public async Task<CliProcess> CliAsync((string, string)[] environment, params string[] arguments)
    {
        using var process = StartCli(environment, arguments);
        return await CliProcess.EndAsync(process, string.Join(' ', arguments));
    }

    /// <summary>Starts a command and leaves it running.</summary>
    public Process StartCli((string, string)[] environment, params string[] arguments) =>
        CliProcess.Start(_home.Path, [.. Environment, .. environment], arguments);

    /// <summary>Starts a worker whose methods harm their own process, and leaves it running.</summary>
    public Process StartTestWorker(params (string, string)[] environment) =>
        CliProcess.StartTestWorker(_home.Path, [.. Environment, .. environment]);

    /// <summary>Starts a worker that is a Python script in this checkout, and leaves it running.</summary>
    public Process StartPython(string script, params (string, string)[] environment) =>
        CliProcess.StartPython(Path.Combine(Repository.Root, script), _home.Path, [.. Environment, .. environment]);

    /// <summary>Starts the program of another project as a worker, and leaves it running.</summary>
    public Process StartWorker(string program, (string, string)[] environment, params string[] arguments) =>
        CliProcess.StartSample(program, _home.Path, [.. Environment, .. environment], arguments);

    /// <summary>Waits until a worker offers a method.</summary>
    public async Task WaitForMethodAsync(string method)
    {
        var start = TimeProvider.System.GetTimestamp();
        while ((await CliAsync("methods", "show", method)).Code != 0)
            if (TimeProvider.System.GetElapsedTime(start) > Deadline)
                throw new TimeoutException($"No worker offered {method} within {Deadline}.");
    }

    public string Write(string name, byte[] bytes) => _home.Write(name, bytes);

    /// <summary>Sends SIGKILL, which has the same effect on the process as a power failure.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await EndedAsync();
    }

    /// <summary>Suspends the server. While suspended, it keeps its connections open but sends no replies.</summary>
    public void Suspend() => Signals.Send("STOP", _process.Id);

    /// <summary>Sends SIGTERM, which drains and stops the server. Returns the exit code.</summary>
    public async Task<int> StopAsync()
    {
        Signals.Send("TERM", _process.Id);
        await EndedAsync();
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
        _output.Writer.TryComplete();
        _home.Dispose();
    }

    private void Say(string? line)
    {
        if (line is null)
            _output.Writer.TryComplete();
        else
            _output.Writer.TryWrite(line);
    }

    private async Task EndedAsync()
    {
        using var late = new CancellationTokenSource(Deadline);
        await _process.WaitForExitAsync(late.Token);
    }
}
