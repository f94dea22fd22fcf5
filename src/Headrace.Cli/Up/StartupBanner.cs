using Headrace.Cli.Output;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Core;
using Headrace.Server.Hosting;

namespace Headrace.Cli.Up;

/// <summary>
/// Writes the progress of the server start to standard output: the address of the server, the workers that have joined,
/// the result of a first job, and a command to try.
/// </summary>
internal sealed class StartupBanner(
    CommandContext context,
    ServerOptions options,
    string? firstFile,
    CancellationToken stop
)
{
    private bool _outputFailed;

    /// <summary>Completes when everything has been written.</summary>
    public Task Done { get; private set; } = Task.CompletedTask;

    public void Start(ServerReady ready)
    {
        if (context.Json)
            Write(
                Format.Json(
                    new UpLine(
                        ready.Url,
                        ready.Socket,
                        ready.Data,
                        Environment.ProcessId,
                        MemoryBound.Of(options).Bytes
                    )
                    {
                        NetworkUrl = ready.NetworkUrl,
                    },
                    CliJson.Default.UpLine
                )
            );
        else
        {
            Write($"Headrace is listening on {ready.Url}");
            if (ready.NetworkUrl is { } network)
                Write(
                    $"Network   {network}{(options.Network.Insecure ? " (without TLS)" : "")}"
                );
            var memory =
                options.Store == StoreKind.Memory ? " (jobs are in memory and are lost when this process exits)" : "";
            Write($"Data      {ready.Data}{memory}");
            Write($"Memory    {MemoryBound.Of(options)}{(memory.Length > 0 ? ", and the store" : "")}");
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
            Write(
                context.Json ? Format.Json(new JoinedLine(joined), CliJson.Default.JoinedLine)
                : options.Pools is null ? $"Workers   {joined} local, joined"
                : $"Pools     {string.Join("; ", options.AllPools)}"
            );
            if (firstFile is not null)
                await FirstJobAsync(ready, firstFile);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The server is stopping, so the rest of the banner no longer applies.
        }
    }

    private async Task FirstJobAsync(ServerReady ready, string file)
    {
        try
        {
            var body = await File.ReadAllBytesAsync(file, stop);
            using var client = new HeadraceClient(ready.Url, ready.Key);
            var began = TimeProvider.System.GetTimestamp();
            var result = await client.RunAsync(
                new JobRequest("sha512") { Body = body, ContentType = "text/plain" },
                stop
            );
            var took = TimeProvider.System.GetElapsedTime(began);
            if (context.Json)
            {
                Write(
                    Format.Json(
                        new FirstJobLine(file, result.Text, took.TotalMilliseconds),
                        CliJson.Default.FirstJobLine
                    )
                );
                return;
            }
            Write(
                $"First job (sha512 of {Path.GetFileName(file)}), submitted over HTTP and run by a worker process, "
                    + $"took {took.TotalMilliseconds:0.0} ms:"
            );
            Write(result.Text);
            Write(
                $"Try       {ScriptBeside(file)} run sha512 iterations=1000 --input "
                    + $"{Path.GetRelativePath(Environment.CurrentDirectory, file)}"
            );
            Write("Stop      Press Ctrl-C: running jobs finish, then the server and its workers exit");
        }
        catch (Exception failed) when (failed is HeadraceException or IOException or UnauthorizedAccessException)
        {
            // The server keeps running even though its first job failed.
            context.Terminal.WriteError($"The first job failed: {failed.Message}");
        }
    }

    /// <summary>
    /// Writes one line. A failed write does not stop the server, because services often run with standard output closed
    /// or redirected to a full disk.
    /// </summary>
    private void Write(string line)
    {
        if (_outputFailed)
            return;
        try
        {
            context.Terminal.WriteLine(line);
        }
        catch (OutputException failed)
        {
            _outputFailed = true;
            context.Terminal.WriteError($"{failed.Message.TrimEnd('.')}. The server continues without it.");
        }
    }

    /// <summary>
    /// Returns the path of the <c>headrace</c> script next to the file, relative to the current folder.
    /// </summary>
    private static string ScriptBeside(string file)
    {
        var command = Path.GetRelativePath(
            Environment.CurrentDirectory,
            Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, "headrace")
        );
        return command.Contains('/', StringComparison.Ordinal) ? command : "./" + command;
    }
}
