using System.Globalization;
using Headrace.Client;

namespace Headrace.Apps.Pipeline.Runs;

/// <summary>
/// The log of the runs of a pipeline: messages in a queue of its own, which nobody pulls before the run is over. The
/// last entry is the state. Each entry has an idempotency key that is made of the entry before it, so of several
/// programs that append at the same time, one succeeds.
/// </summary>
/// <param name="client">The server.</param>
/// <param name="name">The name of the pipeline.</param>
internal sealed class RunLog(HeadraceClient client, string name)
{
    /// <summary>The number of entries that a run leaves in the queue if every program of it is interrupted.</summary>
    private const int MaxSettled = 1_000;

    private string Queue => PipelineRun.LogOf(name);

    private string Tag => $"run-of={name}";

    /// <summary>Returns the last entry; null if there is none.</summary>
    public async Task<RunEntry?> ReadLastAsync(CancellationToken cancellationToken)
    {
        string? after = null;
        do
        {
            var page = await client.ListJobsPageAsync($"queue:{Queue} tag:{Tag}", after, 1, cancellationToken);
            if (page.Jobs is [var job])
                return job.Params is { } json && RunEntry.FromJson(json) is { } entry
                    ? entry with
                    {
                        Message = job.Id,
                        IsOpen = !job.HasEnded(),
                    }
                    : null;
            after = page.Next;
        } while (after is not null);
        return null;
    }

    /// <summary>
    /// Appends an entry behind <paramref name="last"/>, whose message ends. Returns the new entry, or null if another
    /// program has appended one meanwhile.
    /// </summary>
    public async Task<RunEntry?> AppendAsync(RunEntry entry, RunEntry? last, CancellationToken cancellationToken)
    {
        try
        {
            var submitted = await client.SubmitAsync(
                new JobRequest(MessagesClient.Method)
                {
                    Queue = Queue,
                    Params = entry.ToJson(),
                    Tags = [Tag],
                    IdempotencyKey = $"after-{last?.Message ?? "0"}",
                },
                cancellationToken
            );
            // Crash point: two messages have not ended. The later one counts, and the end of the run ends both.
            if (last is { HasRun: true } && entry.Kind != RunEntryKind.Ended)
                await CancelAsync(last, cancellationToken);
            return entry with { Message = submitted.Id };
        }
        catch (HeadraceProblemException overtaken) when (overtaken.Name == "key-reused")
        {
            return null;
        }
    }

    /// <summary>Ends the messages of a run that is over. Has no effect the second time.</summary>
    public async Task SettleAsync(RunEntry end, CancellationToken cancellationToken)
    {
        var pulled = await client.Messages.PullAsync(Queue, MaxSettled, cancellationToken: cancellationToken);
        // Another program may have begun the next run already.
        var isPast = pulled.Messages.ToLookup(message => NumberOf(message.Id) <= NumberOf(end.Message));
        if (isPast[false].Any())
            await client.Messages.ReleaseAsync(
                Queue,
                isPast[false].Select(message => message.Token),
                cancellationToken
            );
        if (isPast[true].Any())
            await client.Messages.AcknowledgeAsync(
                Queue,
                isPast[true].Select(message => message.Token),
                cancellationToken
            );
    }

    private async Task CancelAsync(RunEntry entry, CancellationToken cancellationToken)
    {
        try
        {
            await client.CancelAsync(entry.Message, cancellationToken);
        }
        catch (HeadraceProblemException ended) when (ended.Status is 404 or 409)
        {
            // The message has ended already, or has been deleted since.
        }
    }

    private static long NumberOf(string id) => long.Parse(id, NumberStyles.None, CultureInfo.InvariantCulture);
}
