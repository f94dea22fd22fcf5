using Headrace.Core;
using Headrace.Protocol.Local;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Headrace.Server.Hosting;

/// <summary>
/// A server as a process of its own: from options to exit code, with one clear message where it cannot start or go on.
/// </summary>
internal static class ServerProcess
{
    /// <summary>
    /// Runs until asked to drain or until the server ends by itself. The log goes to the standard error, the refusals
    /// to <paramref name="errors"/>.
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
                await errors.WriteLineAsync($"headrace: {await server.Ended ?? "The server has ended."}");
                return (int)ServerExit.Failed;
            }
            await server.StopAsync(abandon);
            return (int)(abandon.IsCancellationRequested ? ServerExit.Interrupted : ServerExit.Done);
        }
        catch (StartRefusedException refused)
        {
            await errors.WriteLineAsync($"headrace: {refused.Message}");
            return (int)refused.Exit;
        }
        catch (HeadraceException failed)
        {
            await errors.WriteLineAsync($"headrace: {failed.Message}");
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
            // It would print the stack of every failed start beside our one line.
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None)
            .AddConsole(console =>
            {
                console.FormatterName = ConsoleLineFormatter.Key;
                console.LogToStandardErrorThreshold = LogLevel.Trace;
                // A terminal that has stopped reading must not stop the server: then lines are dropped, and it says so.
                console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
            })
            .Services.AddSingleton<ConsoleFormatter, ConsoleLineFormatter>();
    }
}
