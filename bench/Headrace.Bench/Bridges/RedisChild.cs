using System.Diagnostics;
using System.Globalization;
using Headrace.Core;

namespace Headrace.Bench.Bridges;

/// <summary>A Redis process on a free loopback port, whose data is in the measurement's folder.</summary>
internal sealed class RedisChild : IDisposable
{
    private readonly Process _process;

    private RedisChild(Process process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    /// <param name="folder">The folder for its data.</param>
    /// <param name="sync">When it syncs its file: <c>everysec</c> or <c>always</c>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<RedisChild> StartAsync(string folder, string sync, CancellationToken cancellationToken)
    {
        var port = ServerPlace.FreePort();
        var start = new ProcessStartInfo("redis-server") { RedirectStandardOutput = true };
        foreach (
            var argument in (string[])
                [
                    "--port",
                    port.ToString(CultureInfo.InvariantCulture),
                    "--bind",
                    "127.0.0.1",
                    "--dir",
                    folder,
                    "--save",
                    "",
                    "--appendonly",
                    "yes",
                    "--appendfsync",
                    sync,
                ]
        )
            start.ArgumentList.Add(argument);
        var process = Process.Start(start) ?? throw new IOException("redis-server could not be started.");
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is var line)
        {
            if (line is null)
                throw new HeadraceException("redis-server exited. Install the redis-server package.");
            if (line.Contains("Ready to accept connections", StringComparison.Ordinal))
                break;
        }
        return new RedisChild(process, port);
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
