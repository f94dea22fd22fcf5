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
    private readonly TestCertificate? _certificate;
    private Process? _process;
    private ConnectionMultiplexer? _connection;

    private RedisServer(TestCertificate? certificate, string[] settings) =>
        (_certificate, _settings) = (certificate, settings);

    public int Port { get; } = FreePort();

    public string Address => $"redis://127.0.0.1:{Port}";

    public IDatabase Database => _connection!.GetDatabase();

    /// <summary>
    /// Starts Redis. By default it appends each write to its file, so that a killed process loses nothing.
    /// </summary>
    public static Task<RedisServer> StartAsync(params string[] settings) => StartAsync(null, settings);

    /// <summary>Starts a Redis process whose port uses TLS.</summary>
    public static async Task<RedisServer> StartAsync(TestCertificate? certificate, params string[] settings)
    {
        var server = new RedisServer(certificate, settings);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts a Redis process, and waits until it prints that it is ready.</summary>
    public static async Task<Process> StartProcessAsync(string ready, params string[] arguments)
    {
        var start = new ProcessStartInfo("redis-server", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start)!;
        var lines = Channel.CreateUnbounded<string?>();
        process.OutputDataReceived += (_, line) => lines.Writer.TryWrite(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(Eventually.WithProcesses);
        while (await lines.Reader.ReadAsync(late.Token) is var line)
        {
            Assert.True(line is not null, $"redis-server {string.Join(' ', arguments)} exited.");
            if (line.Contains(ready, StringComparison.Ordinal))
                break;
        }
        return process;
    }

    /// <summary>Starts Redis on the same port with the data of the previous process.</summary>
    public async Task StartAgainAsync()
    {
        var port = Port.ToString(CultureInfo.InvariantCulture);
        _process = await StartProcessAsync(
            "Ready to accept connections",
            [
                .. _certificate is null
                    ? (string[])["--port", port]
                    :
                    [
                        "--port",
                        "0",
                        "--tls-port",
                        port,
                        "--tls-cert-file",
                        _certificate.CertificateFile,
                        "--tls-key-file",
                        _certificate.KeyFile,
                        "--tls-ca-cert-file",
                        _certificate.CertificateFile,
                        "--tls-auth-clients",
                        "no",
                    ],
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
        );
        if (_connection is not null)
            await _connection.DisposeAsync();
        var options = ConfigurationOptions.Parse(
            $"127.0.0.1:{port},allowAdmin=true,connectTimeout=20000,syncTimeout=20000,asyncTimeout=20000"
        );
        options.Password = _settings.SkipWhile(setting => setting != "--requirepass").ElementAtOrDefault(1);
        if (_certificate is not null)
        {
            options.Ssl = true;
            options.TrustIssuer(_certificate.CertificateFile);
        }
        _connection = await ConnectionMultiplexer.ConnectAsync(options);
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

    /// <summary>Returns a loopback port on which nothing is listening.</summary>
    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
