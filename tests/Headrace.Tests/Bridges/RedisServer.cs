using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Headrace.Tests.Cli;
using Headrace.Tests.Server;
using StackExchange.Redis;
using Xunit;

namespace Headrace.Tests.Bridges;

/// <summary>A Redis process on a free loopback port, with its data in a temporary folder.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string[] _settings;
    private Process? _process;
    private ConnectionMultiplexer? _connection;

    private RedisServer(string[] settings) => _settings = settings;

    public int Port { get; } = FreePort();

    public string Address => $"redis://127.0.0.1:{Port}";

    public IDatabase Database => _connection!.GetDatabase();

    /// <summary>
    /// Starts Redis. By default it appends each write to its file, so that a killed process loses nothing.
    /// </summary>
    public static async Task<RedisServer> StartAsync(params string[] settings)
    {
        var server = new RedisServer(settings);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts Redis on the same port with the data of the previous process.</summary>
    public async Task StartAgainAsync()
    {
        var start = new ProcessStartInfo("redis-server")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (
            var argument in (string[])
                [
                    "--port",
                    Port.ToString(CultureInfo.InvariantCulture),
                    "--bind",
                    "127.0.0.1",
                    "--dir",
                    _folder.Path,
                    "--save",
                    "",
                    "--appendonly",
                    "yes",
                    .. _settings,
                ]
        )
            start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
        var ready = Channel.CreateUnbounded<string?>();
        _process.OutputDataReceived += (_, line) => ready.Writer.TryWrite(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(Eventually.WithProcesses);
        while (await ready.Reader.ReadAsync(late.Token) is var line)
        {
            Assert.True(line is not null, $"redis-server on port {Port} exited.");
            if (line.Contains("Ready to accept connections", StringComparison.Ordinal))
                break;
        }
        if (_connection is not null)
            await _connection.DisposeAsync();
        var password = _settings.SkipWhile(setting => setting != "--requirepass").ElementAtOrDefault(1);
        _connection = await ConnectionMultiplexer.ConnectAsync(
            $"127.0.0.1:{Port},allowAdmin=true,connectTimeout=20000,syncTimeout=20000,asyncTimeout=20000"
                + (password is null ? "" : $",password={password}")
        );
    }

    /// <summary>Sends SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        _process.Dispose();
        _process = null;
    }

    /// <summary>Changes a setting of the running process.</summary>
    public Task ConfigureAsync(string setting, string value) => Database.ExecuteAsync("CONFIG", "SET", setting, value);

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
            await _connection.DisposeAsync();
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }
        _folder.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
