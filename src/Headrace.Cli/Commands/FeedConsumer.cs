using System.Diagnostics;
using Headrace.Client;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary>
/// Pulls jobs from a feed and handles one after the other. A job is acknowledged as soon as it has been handled, so that
/// a crash repeats at most the one that was being handled.
/// </summary>
internal sealed class FeedConsumer(HeadraceClient client, string feed, IDeliveryHandler handler)
{
    private static readonly TimeSpan DefaultLease = TimeSpan.FromSeconds(60);

    /// <summary>How long an interrupted consumer takes to release what it holds.</summary>
    private static readonly TimeSpan ReleaseTime = TimeSpan.FromSeconds(5);

    public string Feed => feed;

    public required int Top { get; init; }

    public TimeSpan Wait { get; init; }

    public TimeSpan? Lease { get; init; }

    /// <summary>Pulls once. Everything that is not handled is released, also after an interrupt.</summary>
    public async Task<PulledJobs> PullAsync(CancellationToken cancellationToken)
    {
        var pulled = await client.Feeds.PullAsync(feed, Top, Wait, Lease, cancellationToken);
        var since = Stopwatch.StartNew();
        var left = new Queue<DeliveryReply>(pulled.Deliveries);
        var failed = new List<string>();
        try
        {
            // The server granted the lease a moment before its reply arrived.
            while (left.TryPeek(out var delivery) && since.Elapsed < 0.9 * (Lease ?? DefaultLease))
            {
                if (await handler.HandleAsync(delivery.Job, cancellationToken))
                    await client.Feeds.AcknowledgeAsync(feed, [delivery.Token], cancellationToken);
                else
                    failed.Add(delivery.Token);
                left.Dequeue();
            }
        }
        finally
        {
            failed.AddRange(left.Select(delivery => delivery.Token));
            if (failed.Count > 0)
                await ReleaseAsync(failed);
        }
        return new PulledJobs(pulled.Deliveries.Count - failed.Count, failed.Count, pulled.Expired);
    }

    private async Task ReleaseAsync(List<string> tokens)
    {
        using var time = new CancellationTokenSource(ReleaseTime);
        try
        {
            await client.Feeds.ReleaseAsync(feed, tokens, time.Token);
        }
        catch (Exception failure) when (failure is OperationCanceledException or Core.HeadraceException)
        {
            // The leases expire instead.
        }
    }
}
