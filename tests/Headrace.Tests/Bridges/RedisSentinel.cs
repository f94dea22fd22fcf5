using System.Diagnostics;
using Headrace.Tests.Cli;
using Headrace.Tests.Server;
using StackExchange.Redis;

namespace Headrace.Tests.Bridges;

/// <summary>One sentinel on a free loopback port. It fails over only when the test requests it.</summary>
internal sealed class RedisSentinel : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _service;
    private Process? _process;

    private RedisSentinel(string service) => _service = service;

    public int Port { get; } = RedisServer.FreePort();

    public static async Task<RedisSentinel> StartAsync(string service, int primary)
    {
        var sentinel = new RedisSentinel(service);
        var configuration = sentinel._folder.Write(
            "sentinel.conf",
            $"""
            port {sentinel.Port}
            bind 127.0.0.1
            sentinel monitor {service} 127.0.0.1 {primary} 1
            sentinel down-after-milliseconds {service} 600000

            """
        );
        sentinel._process = await RedisServer.StartProcessAsync("+monitor", configuration, "--sentinel");
        return sentinel;
    }

    /// <summary>Promotes the replica to primary as soon as the sentinel knows the replica.</summary>
    public async Task FailOverAsync()
    {
        await using var connection = await ConnectionMultiplexer.SentinelConnectAsync(
            $"127.0.0.1:{Port},connectTimeout=20000,asyncTimeout=20000"
        );
        var server = connection.GetServers()[0];
        await Eventually.SeesAsync(
            "a replica that can become the primary",
            async () =>
            {
                try
                {
                    await server.SentinelFailoverAsync(_service);
                    return "started";
                }
                catch (RedisServerException unready)
                    when (unready.Message.StartsWith("NOGOODSLAVE", StringComparison.Ordinal))
                {
                    return null;
                }
            },
            Eventually.WithProcesses
        );
    }

    public async ValueTask DisposeAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Dispose();
    }
}
