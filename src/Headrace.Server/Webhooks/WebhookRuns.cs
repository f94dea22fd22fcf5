using Headrace.Core.Registry;
using Headrace.Server.Feeds;
using Headrace.Server.Shards;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Webhooks;

/// <summary>Creates webhook runs.</summary>
internal sealed class WebhookRuns(
    IShardRouter shards,
    WebhookDeliverer deliverer,
    WebhookRecords records,
    WebhookMeters meters,
    TimeProvider time,
    ILoggerFactory logs
)
{
    /// <summary>Reads a webhook; returns null if the document is not valid.</summary>
    public static CurrentWebhook? TryRead(RegistryDocument document) =>
        WebhookDocument.TryParse(document.Json.Span) is { } webhook
            ? new CurrentWebhook(document.Id, document.Version, webhook)
            : null;

    /// <summary>Returns the feed of a webhook.</summary>
    public WebhookPosition PositionOf(string name, WebhookDocument webhook) =>
        OwnedFeeds.TryOfWebhook(name, out var feed)
            ? new WebhookPosition(feed, webhook, shards, time)
            : throw new ArgumentException($"'{name}' is not the name of a webhook.", nameof(name));

    public WebhookRun Create(CurrentWebhook webhook) =>
        new(
            webhook,
            PositionOf(webhook.Name, webhook.Document),
            deliverer,
            new WebhookReport(webhook, records, meters, time, logs.CreateLogger<WebhookReport>()),
            time,
            logs.CreateLogger<WebhookRun>()
        );
}
