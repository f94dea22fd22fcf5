using System.Text;
using Headrace.Client;
using Headrace.Commands;

namespace Headrace.Cli.Commands;

/// <summary>
/// Prints the log of a job while it runs, until the job ends. When the server announces new lines, this class reads the
/// log again and prints the new part.
/// </summary>
internal sealed class JobLogFollower(CommandContext context, HeadraceClient client, string id, int? attempt)
{
    /// <summary>
    /// The server keeps the last 64 KB of each attempt's log. When the server drops the first lines, this class finds
    /// the new part of the log by searching for the end of the printed part.
    /// </summary>
    private const int OverlapCharacters = 1_000;

    private string _printed = "";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach (var next in client.Events.WatchAsync(job: id, cancellationToken: cancellationToken))
        {
            // The first event of a stream is a resync, which contains no job. Every event after the resync is received.
            var state = next.Job?.State ?? (await client.GetJobAsync(id, cancellationToken)).State;
            if (next.Kind == "progress")
                context.WriteNote(
                    $"{JobsWatchCommand.Percent(next.Job!.Progress)} {next.Job.Progress?.Text}".TrimEnd()
                );
            else
                Print(await client.GetLogAsync(id, attempt, cancellationToken));
            if (state is "succeeded" or "failed" or "cancelled")
                return;
        }
    }

    private void Print(string log)
    {
        var rest = Unprinted(_printed, log);
        _printed = log;
        if (rest.Length > 0)
            context.Terminal.WriteBytes(Encoding.UTF8.GetBytes(rest));
    }

    /// <summary>Returns the part of the log that follows the printed part.</summary>
    internal static string Unprinted(string printed, string log)
    {
        if (log.StartsWith(printed, StringComparison.Ordinal))
            return log[printed.Length..];
        var end = printed[Math.Max(0, printed.Length - OverlapCharacters)..];
        var at = log.LastIndexOf(end, StringComparison.Ordinal);
        return at < 0 ? log : log[(at + end.Length)..];
    }
}
