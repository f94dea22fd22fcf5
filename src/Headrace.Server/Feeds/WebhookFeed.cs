using Headrace.Core;
using Headrace.Server.Http;

namespace Headrace.Server.Feeds;

/// <summary>
/// The names of the feeds that belong to webhooks. A webhook consumes the feed <c>webhook.NAME</c>, which is created
/// and deleted with it.
/// </summary>
internal static class WebhookFeed
{
    /// <summary>Returns the feed of a webhook. Fails if the name is not valid, or too long for the prefix.</summary>
    public static bool TryOf(string? webhook, out FeedName feed)
    {
        feed = default;
        // Without the check of the name itself, it could begin with a character that only the middle of a name may
        // contain.
        return FeedName.TryParse(webhook, out _) && FeedName.TryParse(FeedName.WebhookPrefix + webhook, out feed);
    }

    /// <summary>Returns why a feed with this name may not be created or deleted; null if it may.</summary>
    public static Problem? Protect(FeedName feed) =>
        feed.Webhook is { } webhook
            ? Problem.BadRequest(
                $"The feed name '{feed}' is reserved for the webhook '{webhook}', which creates and deletes its feed. "
                    + "Use /v1/webhooks, or another name."
            )
            : null;
}
