using Headrace.Client;
using Headrace.Core;
using Headrace.Protocol.Json;

namespace Headrace.Bridges;

/// <summary>
/// Publishes results: pulls ended jobs from the feed of the bridge, publishes them, and acknowledges them.
/// </summary>
/// <remarks>
/// A crash can occur at any of three points: (1) jobs are pulled but not published; (2) they are published but not
/// acknowledged; (3) they are acknowledged but not forgotten. In the first two cases, the feed delivers the jobs again,
/// and the target omits the results that it already has. In the third case, the target forgets the results when the
/// feed has no unacknowledged deliveries.
/// </remarks>
internal sealed class OutboundPump(
    BridgeDefinition bridge,
    IResultTarget target,
    HeadraceClient server,
    BridgeProgress progress
)
{
    /// <summary>
    /// How long a pull waits if there are no results. A job that ends in the meantime is returned at once.
    /// </summary>
    private static readonly TimeSpan PullWait = TimeSpan.FromSeconds(20);

    /// <summary>How long a failed bridge tries to release the deliveries that it pulled.</summary>
    private static readonly TimeSpan ReleaseTimeout = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Maximum number of results read from the server at the same time if the feed's reply omits them.
    /// </summary>
    private const int ReadTogether = 16;

    /// <summary>The maximum number of jobs that the feed returns at a time.</summary>
    private const int MaxPull = 1_000;

    private readonly ResultWriter _writer = new(bridge, server);

    public async Task RunAsync(CancellationToken stop)
    {
        // Results published before a crash may be forgotten once the feed has no unacknowledged deliveries.
        var mustForgetAll = true;
        while (!stop.IsCancellationRequested)
        {
            var pulled = await server.Feeds.PullAsync(
                bridge.Feed,
                Math.Min(bridge.InFlight, MaxPull),
                mustForgetAll ? TimeSpan.Zero : PullWait,
                cancellationToken: stop
            );
            progress.HasPulled(pulled.Deliveries.Count);
            if (pulled.Deliveries.Count > 0)
            {
                await DeliverAsync(pulled.Deliveries, stop);
                continue;
            }
            if (mustForgetAll && (await server.Feeds.GetAsync(bridge.Feed, stop)).Leased == 0)
                await target.ForgetAllAsync();
            mustForgetAll = false;
        }
    }

    private async Task DeliverAsync(IReadOnlyList<DeliveryReply> deliveries, CancellationToken stop)
    {
        var tokens = deliveries.Select(delivery => delivery.Token).ToList();
        var isAcknowledged = false;
        try
        {
            var messages = new List<OutgoingMessage>(deliveries.Count);
            foreach (var part in deliveries.Where(each => _writer.Publishes(each.Job)).Chunk(ReadTogether))
                messages.AddRange(await Task.WhenAll(part.Select(each => _writer.WriteAsync(each.Job, stop))));
            var repeated = messages.Count == 0 ? 0 : await target.PublishAsync(messages);
            await server.Feeds.AcknowledgeAsync(bridge.Feed, tokens, stop);
            isAcknowledged = true;
            progress.Published(messages.Count - repeated, repeated);
            progress.HasPulled(0);
            if (messages.Count > 0)
                await target.ForgetAsync(messages);
        }
        finally
        {
            if (!isAcknowledged)
                await ReleaseAsync(tokens);
        }
    }

    /// <summary>
    /// Releases the unacknowledged deliveries, so that the next attempt does not have to wait until their lease ends.
    /// If the server cannot be reached, the lease expires on its own.
    /// </summary>
    private async Task ReleaseAsync(IReadOnlyList<string> tokens)
    {
        using var timeout = new CancellationTokenSource(ReleaseTimeout);
        try
        {
            await server.Feeds.ReleaseAsync(bridge.Feed, tokens, timeout.Token);
        }
        catch (Exception failure) when (failure is HeadraceException or OperationCanceledException)
        {
            // The lease expires after a minute.
        }
    }
}
