using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Headrace.Commands;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>
/// A worker process and its server. One job occupies the worker's entire thread pool until the test releases it.
/// </summary>
internal sealed class BlockedPool : IAsyncDisposable
{
    /// <summary>
    /// The number of blocked work items, which is many times the number of threads that the pool creates during a test.
    /// </summary>
    private const int Pieces = 400;

    /// <summary>
    /// The lease is long enough for a busy machine, but short enough for a test that waits for several lease periods.
    /// </summary>
    private const int LeaseSeconds = 10;

    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(LeaseSeconds);

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly StringBuilder _errors = new();
    private readonly CancellationTokenSource _late = CancellationTokenSource.CreateLinkedTokenSource(
        TestContext.Current.CancellationToken
    );
    private TcpClient? _control;
    private StreamReader? _lines;

    private BlockedPool(RunningServer server, Process worker)
    {
        (Server, Worker) = (server, worker);
        _late.CancelAfter(Deadline);
        _listener.Start();
        Worker.OutputDataReceived += (_, _) => { };
        Worker.ErrorDataReceived += (_, line) =>
        {
            lock (_errors)
                _errors.AppendLine(line.Data);
        };
        Worker.BeginOutputReadLine();
        Worker.BeginErrorReadLine();
    }

    public RunningServer Server { get; }

    public Process Worker { get; }

    /// <summary>The id of the job that occupies the pool.</summary>
    public string Job { get; private set; } = "";

    /// <summary>The worker's standard error output so far.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
                return _errors.ToString();
        }
    }

    /// <summary>Starts a server and a worker. Returns once the job occupies the worker's pool.</summary>
    public static Task<BlockedPool> StartAsync(string method = "block-pool", params string[] options) =>
        StartAsync(false, [], method, options);

    /// <summary>Starts them as above.</summary>
    /// <param name="byName">Whether the worker finds the server by a host name, not by its Unix socket.</param>
    /// <param name="environment">Environment variables of the worker.</param>
    /// <param name="method">The method of the job.</param>
    /// <param name="options">Options of the submission.</param>
    public static async Task<BlockedPool> StartAsync(
        bool byName,
        (string, string)[]? environment = null,
        string method = "block-pool",
        params string[] options
    )
    {
        var server = await RunningServer.StartAsync([("HEADRACE_LEASE", $"{LeaseSeconds}s")]);
        var address = server.Url.Replace("127.0.0.1", "localhost", StringComparison.Ordinal);
        var pool = new BlockedPool(
            server,
            server.StartTestWorker([
                // The worker outlives the server in some tests.
                ("HEADRACE_ORPHAN_GRACE", "2m"),
                .. environment ?? [],
                .. byName ? new[] { ("HEADRACE_SERVER", address) } : [],
            ])
        );
        try
        {
            await pool.BlockAsync(method, options);
            return pool;
        }
        catch
        {
            await pool.DisposeAsync();
            throw;
        }
    }

    /// <summary>Returns the next line that the job sends from outside the pool.</summary>
    public async Task<string?> NextLineAsync() => await _lines!.ReadLineAsync(_late.Token);

    /// <summary>Returns once the worker has written the given text to standard error.</summary>
    public Task SeesAsync(string text) =>
        Eventually.SeesAsync(
            $"'{text}' of the worker",
            () => Errors.Contains(text, StringComparison.Ordinal) ? text : null,
            Eventually.WithProcesses
        );

    /// <summary>Returns after two and a half lease periods, measured by the server's clock.</summary>
    public async Task PassTwoLeasesAsync()
    {
        var delay = $"{LeaseSeconds * 5 / 2}s";
        Assert.Equal(ExitCode.Done, (await Server.CliAsync("run", "noop", "--at", delay)).Code);
    }

    /// <summary>Releases the pool, so that the job ends.</summary>
    public void Release() => _control!.Close();

    public async ValueTask DisposeAsync()
    {
        if (!Worker.HasExited)
            Worker.Kill();
        await Worker.WaitForExitAsync(_late.Token);
        Worker.Dispose();
        _lines?.Dispose();
        _control?.Dispose();
        _listener.Dispose();
        _late.Dispose();
        await Server.DisposeAsync();
    }

    private async Task BlockAsync(string method, string[] options)
    {
        await SeesAsync("Joined");
        var port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        Job = (await Server.CliAsync(["submit", method, $"port={port}", $"pieces={Pieces}", .. options])).Out.Trim();
        _control = await _listener.AcceptTcpClientAsync(_late.Token);
        _lines = new StreamReader(_control.GetStream());
        Assert.Equal("blocked", await NextLineAsync());
    }
}
