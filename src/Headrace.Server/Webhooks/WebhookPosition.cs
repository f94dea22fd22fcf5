using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Server.Shards;

namespace Headrace.Server.Webhooks;

/// <summary>The feed of a webhook. The webhook pulls its deliveries from the feed and acknowledges them.</summary>
internal sealed class WebhookPosition(FeedName feed, WebhookDocument webhook, IShardRouter shards, TimeProvider time)
{
    /// <summary>Maximum time for which a pull waits. Stopping the webhook cancels the wait.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The duration of a lease minus the time limit for an attempt. The value is not critical: the webhook is the only
    /// consumer of its feed, and an acknowledgement is accepted even after the lease has expired.
    /// </summary>
    private static readonly TimeSpan LeaseMargin = TimeSpan.FromMinutes(1);

    private readonly QueueName _queue = new(webhook.Queue);

    private IShardMailbox Shard => shards.Of(_queue);

    /// <summary>Creates the feed. Has no effect if it already exists.</summary>
    public Task<Response> CreateAsync(CancellationToken cancellationToken) =>
        Shard.SendAsync(
            new Command.CreateFeed(feed, _queue, webhook.States, webhook.FromFirst ? FeedStart.First : FeedStart.Now),
            cancellationToken
        );

    /// <summary>Deletes the feed. Has no effect if it does not exist.</summary>
    public Task DeleteAsync(CancellationToken cancellationToken) =>
        Shard.SendAsync(new Command.DeleteFeed(feed, _queue), cancellationToken);

    /// <summary>Pulls the oldest deliveries, and waits if there are none.</summary>
    /// <param name="max">Maximum number of deliveries.</param>
    /// <param name="wait">Maximum time to wait.</param>
    /// <param name="exists">
    /// Returns whether the webhook still exists. If it does not, its feed has been deleted and must not be created
    /// again.
    /// </param>
    /// <param name="cancellationToken">Cancelled when the webhook is stopped.</param>
    public async Task<IReadOnlyList<WebhookDelivery>> PullAsync(
        int max,
        TimeSpan wait,
        Func<bool> exists,
        CancellationToken cancellationToken
    )
    {
        var pull = new Command.Pull(feed, _queue, max) { Lease = webhook.Timeout + LeaseMargin };
        var response = await SendAsync();
        // A crash between the two steps of creating or deleting a webhook can leave a webhook without its feed.
        if (response is Response.Rejected { Rejection.Kind: RejectionKind.UnknownFeed })
        {
            if (!exists())
                return [];
            await CreateAsync(cancellationToken);
            response = await SendAsync();
        }
        return response switch
        {
            Response.Pulled pulled =>
            [
                .. pulled.Completions.Select(end => new WebhookDelivery(
                    new DeliveryToken(end.CompletionNumber, pulled.Epoch),
                    end
                )),
            ],
            Response.Rejected rejected => throw new MailboxClosedException(
                rejected.Rejection.Reason,
                rejected.Rejection.RetryAfter
            ),
            var other => throw new InvalidOperationException(
                $"A pull received the unexpected response {other.GetType().Name}."
            ),
        };

        Task<Response> SendAsync() => Shard.PullAsync(left => pull with { Wait = left }, wait, time, cancellationToken);
    }

    public Task AcknowledgeAsync(IEnumerable<WebhookDelivery> deliveries) =>
        SettleAsync(deliveries, acknowledges: true);

    /// <summary>Makes the deliveries available again.</summary>
    public Task ReleaseAsync(IEnumerable<WebhookDelivery> deliveries) => SettleAsync(deliveries, acknowledges: false);

    /// <summary>
    /// Acknowledges or releases deliveries. Not cancellable, because deliveries that the receiver has accepted must be
    /// acknowledged even while the webhook is stopping.
    /// </summary>
    private async Task SettleAsync(IEnumerable<WebhookDelivery> deliveries, bool acknowledges)
    {
        List<DeliveryToken> tokens = [.. deliveries.Select(delivery => delivery.Token)];
        if (tokens.Count > 0)
            await Shard.SendAsync(new Command.Settle(feed, _queue, tokens, acknowledges), CancellationToken.None);
    }
}
