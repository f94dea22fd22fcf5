using Headrace.Core.Feeds;
using Headrace.Protocol.Json;
using Headrace.Server.Access;
using Headrace.Server.Feeds;
using Headrace.Server.Http;
using Headrace.Server.Shards;

namespace Headrace.Server.Webhooks;

/// <summary>Describes webhooks in replies.</summary>
internal sealed class WebhookView(WebhookRecords records, IShardRouter shards, FeedLag lag, TimeProvider time)
{
    /// <summary>Describes a webhook with its position and its lag, which is counted up to a limit.</summary>
    public async Task<WebhookReply> OfAsync(
        CurrentWebhook webhook,
        Caller caller,
        int maxCounted,
        CancellationToken cancellationToken
    )
    {
        var feed =
            OwnedFeeds.TryOfWebhook(webhook.Name, out var name)
            && await shards.FindFeedAsync(name, cancellationToken) is { } found
                ? await lag.ViewAsync(found, maxCounted, cancellationToken)
                : null;
        var (document, health, activity) = (
            webhook.Document,
            records.HealthOf(webhook.Name),
            records.ActivityOf(webhook.Name)
        );
        var isActive = document.State == WebhookState.Active;
        return new WebhookReply
        {
            Name = webhook.Name,
            Url = caller.May(AccessLevel.Operate) ? document.Url : WebhookText.Origin(document.Url),
            Queue = document.Queue,
            States = document.States.ToWireName(),
            State = document.State.ToWireName(),
            DisabledReason = document.DisabledReason,
            PreviousValidUntil = document.ReplacedUntil > time.GetUtcNow() ? document.ReplacedUntil : null,
            Timeout = DurationText.ToText(document.Timeout),
            DisableAfter = DurationText.ToText(document.DisableAfter),
            Position = feed?.Position ?? 0,
            Lag = feed?.Lag ?? 0,
            Complete = feed?.Complete ?? false,
            Expired = feed?.Expired ?? 0,
            Abandoned = health.Abandoned,
            Delivered = activity.Delivered,
            Held = isActive ? activity.Held : 0,
            LastStatus = activity.LastStatus,
            LastError = activity.LastError ?? health.LastError,
            LastAttempt = activity.LastAttempt,
            LastDelivery = activity.LastDelivery,
            FailingSince = health.FailingSince,
            NextAttempt = isActive ? activity.NextAttempt : null,
            Created = document.Created,
            CreatedBy = document.CreatedBy,
        };
    }
}
