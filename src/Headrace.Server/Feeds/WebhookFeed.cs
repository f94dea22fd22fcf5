using System.Diagnostics.CodeAnalysis;
using Headrace.Core;
using Headrace.Server.Http;

namespace Headrace.Server.Feeds;

/// <summary>
/// The names of the feeds that belong to webhooks. A webhook consumes the feed <c>webhook.NAME</c>, which is created
/// and deleted with it.
/// </summary>
internal static class WebhookFeed
{
    public const string Prefix = "webhook.";

    /// <summary>Returns the feed of a webhook. Fails if the name is not valid, or too long for the prefix.</summary>
    public static bool TryOf(string? webhook, out FeedName feed)
    {
        feed = default;
        // Without the check of the name itself, it could begin with a character that only the middle of a name may
        // contain.
        return FeedName.TryParse(webhook, out _) && FeedName.TryParse(Prefix + webhook, out feed);
    }

    /// <summary>Returns the name of the webhook to which a feed belongs.</summary>
    public static bool TryGetWebhook(FeedName feed, [NotNullWhen(true)] out string? webhook)
    {
        webhook = feed.Text.StartsWith(Prefix, StringComparison.Ordinal) ? feed.Text[Prefix.Length..] : null;
        return webhook is not null;
    }

    /// <summary>Returns why a feed with this name may not be created or deleted; null if it may.</summary>
    public static Problem? Protect(FeedName feed) =>
        TryGetWebhook(feed, out var webhook)
            ? Problem.BadRequest(
                $"The feed name '{feed}' is reserved for the webhook '{webhook}', which creates and deletes its feed. Use "
                    + "/v1/webhooks, or another name."
            )
            : null;
}
