using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Headrace.Tests.Cli;
using Headrace.Tests.Server;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Xunit;

namespace Headrace.Tests.Bridges;

/// <summary>
/// A RabbitMQ process on free loopback ports, with its data in a temporary folder. Its port mapper also listens on the
/// loopback interface only, and ends with it.
/// </summary>
internal sealed class RabbitMqServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly int _distributionPort = FreePort();
    private readonly int _mapperPort = FreePort();
    private Process? _process;
    private Process? _mapper;

    private RabbitMqServer() { }

    public int Port { get; } = FreePort();

    public string Address => $"amqp://127.0.0.1:{Port.ToString(CultureInfo.InvariantCulture)}";

    public static async Task<RabbitMqServer> StartAsync()
    {
        var server = new RabbitMqServer();
        server._folder.Write("rabbitmq.conf", $"listeners.tcp.1 = 127.0.0.1:{server.Port}\n");
        server._folder.Write("plugins", "[].");
        server._mapper = server.Start("epmd", "-address", "127.0.0.1");
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts RabbitMQ on the same port with the data of the previous process.</summary>
    public async Task StartAgainAsync()
    {
        _process = Start("/usr/lib/rabbitmq/bin/rabbitmq-server");
        await Eventually.SeesAsync(
            "RabbitMQ",
            async () =>
            {
                Assert.False(_process.HasExited, "rabbitmq-server exited.");
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
            TimeSpan.FromMinutes(2)
        );
    }

    public Task<IConnection> ConnectAsync() =>
        new ConnectionFactory { HostName = "127.0.0.1", Port = Port }.CreateConnectionAsync(
            TestContext.Current.CancellationToken
        );

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
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        var set = start.Environment;
        set["HOME"] = _folder.Path;
        set["ERL_EPMD_ADDRESS"] = "127.0.0.1";
        set["ERL_EPMD_PORT"] = _mapperPort.ToString(CultureInfo.InvariantCulture);
        set["RABBITMQ_NODENAME"] = "headrace@localhost";
        set["RABBITMQ_DIST_PORT"] = _distributionPort.ToString(CultureInfo.InvariantCulture);
        set["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1}";
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

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
