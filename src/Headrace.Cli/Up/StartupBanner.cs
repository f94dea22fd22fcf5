using Headrace.Cli.Output;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Core;
using Headrace.Server.Hosting;

namespace Headrace.Cli.Up;

/// <summary>
/// What a server that is ready says on standard output: where it is, that its workers have joined, what a first real
/// job gave, and what to try.
/// </summary>
internal sealed class StartupBanner(
    CommandContext call,
    ServerOptions options,
    string? firstFile,
    CancellationToken stop
)
{
    /// <summary>Ends when everything is said.</summary>
    public Task Done { get; private set; } = Task.CompletedTask;

    public void Start(ServerReady ready)
    {
        if (call.Json)
            call.Terminal.WriteLine(
                Format.Json(
                    new UpLine(ready.Url, ready.Socket, ready.Data, Environment.ProcessId),
                    CliJson.Default.UpLine
                )
            );
        else
        {
            call.Terminal.WriteLine($"Headrace listens on {ready.Url}");
            var memory = options.Store == StoreKind.Memory ? " (jobs in memory: gone with this process)" : "";
            call.Terminal.WriteLine($"Data      {ready.Data}{memory}");
        }
        if (options.Pools is not null || options.Workers > 0)
            Done = ContinueAsync(ready);
    }

    private async Task ContinueAsync(ServerReady ready)
    {
        try
        {
            await ready.PoolJoined.WaitAsync(stop);
            var joined = options.AllPools.Sum(pool => pool.Least);
            call.Terminal.WriteLine(
                call.Json ? Format.Json(new JoinedLine(joined), CliJson.Default.JoinedLine)
                : options.Pools is null ? $"Workers   {joined} local, joined"
                : $"Pools     {string.Join("; ", options.AllPools)}"
            );
            if (firstFile is not null)
                await FirstJobAsync(ready, firstFile);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Stopped before all was said: nobody waits for a greeting now.
        }
    }

    private async Task FirstJobAsync(ServerReady ready, string file)
    {
        try
        {
            var body = await File.ReadAllBytesAsync(file, stop);
            using var client = HeadraceClient.Connect(ready.Url, ready.Key);
            var began = TimeProvider.System.GetTimestamp();
            var result = await client.RunAsync(
                new JobRequest("sha512") { Body = body, ContentType = "text/plain" },
                stop
            );
            var took = TimeProvider.System.GetElapsedTime(began);
            if (call.Json)
            {
                call.Terminal.WriteLine(
                    Format.Json(
                        new FirstJobLine(file, result.Text, took.TotalMilliseconds),
                        CliJson.Default.FirstJobLine
                    )
                );
                return;
            }
            call.Terminal.WriteLine(
                $"First job sha512 of {Path.GetFileName(file)}, sent over HTTP and run by a worker process, "
                    + $"took {took.TotalMilliseconds:0.0} ms:"
            );
            call.Terminal.WriteLine(result.Text);
            call.Terminal.WriteLine(
                $"Try       {RelativePath(file)} run sha512 iterations=1000 --input "
                    + $"{Path.GetRelativePath(Environment.CurrentDirectory, file)}"
            );
            call.Terminal.WriteLine("Stop      Ctrl-C finishes what runs and ends everything");
        }
        catch (Exception failed) when (failed is HeadraceException or IOException or UnauthorizedAccessException)
        {
            // The server serves all the same.
            call.Terminal.WriteError($"The first job has failed: {failed.Message}");
        }
    }

    /// <summary>The command line of the checkout that the file lies in, as seen from here.</summary>
    private static string RelativePath(string file)
    {
        var command = Path.GetRelativePath(
            Environment.CurrentDirectory,
            Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, "headrace")
        );
        return command.Contains('/', StringComparison.Ordinal) ? command : "./" + command;
    }
}
