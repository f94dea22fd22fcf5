using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands.Consuming;

/// <summary>The ended jobs that a feed delivers.</summary>
internal sealed class FeedSource(CommandContext context, HeadraceClient client, string feed) : IDeliverySource
{
    /// <summary>
    /// The total of the previous pull; null before the first one, because its total does not show which of these jobs
    /// have been deleted since the last run of the command.
    /// </summary>
    private long? _expired;

    public async Task<IReadOnlyList<Delivery>> PullAsync(
        int top,
        TimeSpan wait,
        TimeSpan? lease,
        CancellationToken cancellationToken
    )
    {
        var pulled = await client.Feeds.PullAsync(feed, top, wait, lease, cancellationToken);
        if (Lost(feed, _expired, pulled.Expired) is { } note)
            context.WriteNote(note);
        _expired = pulled.Expired;
        return [.. pulled.Deliveries.Select(Of)];
    }

    /// <summary>
    /// Says how many jobs have been deleted since the previous pull without an acknowledgement; null if there are none
    /// or no previous pull.
    /// </summary>
    internal static string? Lost(string feed, long? before, long total) =>
        total - before is { } lost and > 0
            ? $"Since the last pull, {Format.Count(lost, "job")} of feed '{feed}' {(lost == 1 ? "was" : "were")} "
                + $"deleted before an acknowledgement; since the feed was created, {Format.Number(total)}."
            : null;

    public Task AcknowledgeAsync(string token, CancellationToken cancellationToken) =>
        client.Feeds.AcknowledgeAsync(feed, [token], cancellationToken);

    public Task ReleaseAsync(IReadOnlyList<string> tokens, CancellationToken cancellationToken) =>
        client.Feeds.ReleaseAsync(feed, tokens, cancellationToken);

    private Delivery Of(DeliveryReply delivery) =>
        new(delivery.Token, $"job {delivery.Job.Id}")
        {
            Environment = new Dictionary<string, string>
            {
                ["HEADRACE_JOB"] = delivery.Job.Id,
                ["HEADRACE_STATE"] = delivery.Job.State,
                ["HEADRACE_METHOD"] = delivery.Job.Method,
                ["HEADRACE_QUEUE"] = delivery.Job.Queue,
            },
            ReadContentAsync = async stop =>
                delivery.Job.HasSucceeded() ? (await client.GetResultAsync(delivery.Job.Id, stop)).Bytes : default,
            PrintAsync = stop => PrintAsync(delivery.Job, stop),
        };

    private async Task PrintAsync(JobReply job, CancellationToken cancellationToken)
    {
        if (context.Json)
            context.Terminal.WriteLine(Format.Json(job, HeadraceJson.Default.JobReply));
        else
            context.Terminal.WriteRow(job.Id, Format.State(job), await ResultAsync(job, cancellationToken));
    }

    private async Task<string> ResultAsync(JobReply job, CancellationToken cancellationToken)
    {
        if (!job.HasSucceeded())
            return job.Error?.Message ?? "-";
        if (job.ResultBytes is null or 0)
            return "-";
        if (job.Result is null)
            return $"{Format.Size(job.ResultBytes)} of {job.ResultType}";
        return (await client.GetResultAsync(job.Id, cancellationToken)).Text;
    }
}
