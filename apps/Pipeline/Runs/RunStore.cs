using System.Security.Cryptography;
using Headrace.Apps.Pipeline.Chains;
using Headrace.Client;
using Headrace.Protocol.Json;

namespace Headrace.Apps.Pipeline.Runs;

/// <summary>
/// Opens and closes runs. An unfinished run has a message in a queue of its own, with its id and its options, and a
/// feed that delivers the ends of its jobs. Both survive the program and the server.
/// </summary>
internal sealed class RunStore(HeadraceClient client)
{
    /// <summary>Returns the unfinished run with this name, or begins one.</summary>
    public async Task<PipelineRun> OpenAsync(string name, RunOptions options, CancellationToken cancellationToken)
    {
        var run =
            await FindAsync(name, cancellationToken)
            ?? await BeginAsync(
                new PipelineRun(name, RandomNumberGenerator.GetHexString(16, lowercase: true), options, false),
                cancellationToken
            );
        // No job is submitted before the feed exists, so the feed delivers every job of the run.
        await client.Feeds.CreateAsync(
            run.Jobs,
            new FeedRequest
            {
                Queue = run.Jobs,
                From = "now",
                States = "all",
            },
            cancellationToken
        );
        return run;
    }

    /// <summary>
    /// Ends a run. If the program is interrupted in between, the next one finds a run without unfinished work.
    /// </summary>
    public async Task CloseAsync(PipelineRun run, CancellationToken cancellationToken)
    {
        await client.Feeds.DeleteAsync(run.Jobs, cancellationToken);
        // One marker, or a second one if an earlier program was interrupted right here.
        var markers = await client.Messages.PullAsync(run.Marker, top: 10, cancellationToken: cancellationToken);
        await client.Messages.AcknowledgeAsync(
            run.Marker,
            markers.Messages.Select(message => message.Token),
            cancellationToken
        );
    }

    private async Task<PipelineRun> BeginAsync(PipelineRun run, CancellationToken cancellationToken)
    {
        await client.SubmitAsync(
            new JobRequest(MessagesClient.Method)
            {
                Queue = run.Marker,
                Params = run.Options.ToJson(),
                Tags = [$"{ChainTags.Run}={run.Id}"],
                IdempotencyKey = run.Id,
            },
            cancellationToken
        );
        return run;
    }

    private async Task<PipelineRun?> FindAsync(string name, CancellationToken cancellationToken)
    {
        var page = await client.ListJobsPageAsync(
            $"queue:{PipelineRun.MarkerOf(name)} state:ready",
            limit: 1,
            cancellationToken: cancellationToken
        );
        return
            page.Jobs is [{ Params: { } json } marker]
            && ChainTags.Find(marker.Tags, ChainTags.Run) is { } id
            && RunOptions.FromJson(json) is { } options
            ? new PipelineRun(name, id, options, true)
            : null;
    }
}
