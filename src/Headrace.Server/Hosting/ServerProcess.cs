using Headrace.Core;
using Headrace.Protocol.Local;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Headrace.Server.Hosting;

/// <summary>
/// Runs a server as a process and returns its exit code. Writes one clear message if the server cannot start or fails.
/// </summary>
internal static class ServerProcess
{
    /// <summary>
    /// Runs until <paramref name="drain"/> is cancelled or the server fails. The log is written to standard error, and
    /// messages about failures are written to <paramref name="errors"/>.
    /// </summary>
    public static async Task<int> RunAsync(
        ServerOptions options,
        Action<ServerReady> ready,
        TextWriter errors,
        CancellationToken drain,
        CancellationToken abandon
    )
    {
        try
        {
            await using var server = await HeadraceServer.StartAsync(
                options,
                new ServerDependencies { Logging = ToStandardError },
                drain
            );
            ready(server.Ready);
            using var rest = new IdleMemoryTrimmer(TimeProvider.System);
            await Task.WhenAny(server.Ended, Task.Delay(Timeout.Infinite, drain));
            if (server.Ended.IsCompleted)
            {
                await server.DetachAsync();
                StandardError.WriteLine(errors, $"headrace: {await server.Ended ?? "The server has ended."}");
                return (int)ServerExit.Failed;
            }
            await server.StopAsync(abandon);
            return (int)(abandon.IsCancellationRequested ? ServerExit.Interrupted : ServerExit.Done);
        }
        catch (StartRefusedException refused)
        {
            StandardError.WriteLine(errors, $"headrace: {refused.Message}");
            return (int)refused.Exit;
        }
        catch (HeadraceException failed)
        {
            StandardError.WriteLine(errors, $"headrace: {failed.Message}");
            return (int)ServerExit.Failed;
        }
        catch (OperationCanceledException) when (drain.IsCancellationRequested)
        {
            return (int)ServerExit.Done;
        }
    }

    private static void ToStandardError(ILoggingBuilder logging)
    {
        logging
            .SetMinimumLevel(LogLevel.Information)
            .AddFilter("Microsoft", LogLevel.Warning)
            // Without this filter, the host would log a stack trace for every failed start in addition to the one-line
            // message.
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None)
            // Kestrel logs a warning for each rejected connection, so a client that opens too many connections would
            // fill the log.
            .AddFilter("Microsoft.AspNetCore.Server.Kestrel.Connections", LogLevel.Error)
            .AddConsole(console =>
            {
                console.FormatterName = ConsoleLineFormatter.Key;
                console.LogToStandardErrorThreshold = LogLevel.Trace;
                // If the terminal stops reading, the logger drops lines and reports how many, so that the server is not
                // blocked.
                console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
            })
            .Services.AddSingleton<ConsoleFormatter, ConsoleLineFormatter>();
    }
}
