using System.Diagnostics;
using System.Globalization;
using Headrace.Tests.Cli;
using Headrace.Tests.Server;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Xunit;

namespace Headrace.Tests.Bridges;

/// <summary>
/// A RabbitMQ process on free loopback ports, with its data in a temporary folder. Its port mapper also listens on the
/// loopback interface only, and exits when RabbitMQ does.
/// </summary>
internal sealed class RabbitMqServer : IAsyncDisposable
{
    /// <summary>RabbitMQ took 45 s to start on a busy machine with two cores (30 November 2026).</summary>
    private static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(3);

    private readonly TemporaryFolder _folder = new();
    private readonly int _distributionPort = RedisServer.FreePort();
    private readonly int _mapperPort = RedisServer.FreePort();
    private Process? _process;
    private Process? _mapper;

    private RabbitMqServer() { }

    public int Port { get; } = RedisServer.FreePort();

    public string Address => $"amqp://127.0.0.1:{Port.ToString(CultureInfo.InvariantCulture)}";

    public static async Task<RabbitMqServer> StartAsync()
    {
        var server = new RabbitMqServer();
        server._folder.Write("rabbitmq.conf", $"listeners.tcp.1 = 127.0.0.1:{server.Port}\n");
        server._folder.Write("plugins", "[].");
        server._mapper = server.Start("epmd", "-address", "127.0.0.1");
        try
        {
            await server.StartAgainAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts RabbitMQ on the same port with the data of the previous process.</summary>
    public async Task StartAgainAsync()
    {
        var output = new System.Collections.Concurrent.ConcurrentQueue<string?>();
        _process = Start("/usr/lib/rabbitmq/bin/rabbitmq-server");
        _process.OutputDataReceived += (_, line) => output.Enqueue(line.Data);
        await Eventually.SeesAsync(
            "RabbitMQ",
            async () =>
            {
                Assert.False(_process.HasExited, $"rabbitmq-server exited: {string.Join('\n', output)}");
                try
                {
                    await using var connection = await ConnectAsync();
                    return "ready";
                }
                catch (BrokerUnreachableException)
                {
                    return null;
                }
            },
            StartDeadline
        );
    }

    public Task<IConnection> ConnectAsync() =>
        new ConnectionFactory
        {
            HostName = "127.0.0.1",
            Port = Port,
            AutomaticRecoveryEnabled = false,
        }.CreateConnectionAsync(TestContext.Current.CancellationToken);

    /// <summary>Sends SIGKILL to the virtual machine that runs RabbitMQ.</summary>
    public async Task KillAsync()
    {
        _process!.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await KillAsync();
        _mapper!.Kill();
        await _mapper.WaitForExitAsync();
        _mapper.Dispose();
        _folder.Dispose();
    }

    private Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var set = start.Environment;
        set["HOME"] = _folder.Path;
        set["ERL_EPMD_ADDRESS"] = "127.0.0.1";
        set["ERL_EPMD_PORT"] = _mapperPort.ToString(CultureInfo.InvariantCulture);
        set["RABBITMQ_NODENAME"] = "headrace@localhost";
        set["RABBITMQ_DIST_PORT"] = _distributionPort.ToString(CultureInfo.InvariantCulture);
        // RabbitMQ's schedulers must not spin while they wait, because other tests need the processors.
        set["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none";
        set["RABBITMQ_CONFIG_FILE"] = Path.Combine(_folder.Path, "rabbitmq.conf");
        set["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(_folder.Path, "plugins");
        set["RABBITMQ_MNESIA_BASE"] = Path.Combine(_folder.Path, "data");
        set["RABBITMQ_LOG_BASE"] = Path.Combine(_folder.Path, "log");
        set["RABBITMQ_PID_FILE"] = Path.Combine(_folder.Path, "pid");
        var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }
}
