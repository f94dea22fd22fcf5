using System.Net;
using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Headrace.Server.Webhooks.Sending;

namespace Headrace.Server.Webhooks;

/// <summary>Parses and validates requests that define webhooks.</summary>
internal sealed class WebhookText(AddressRule addresses)
{
    /// <summary>
    /// Describes a valid webhook name. A feed name has at most 64 characters, and the prefix leaves 56 of them.
    /// </summary>
    public static string NameFormat { get; } =
        $"1 to {64 - FeedName.WebhookPrefix.Length} {Core.NameFormat.Characters}";

    /// <summary>
    /// Returns the webhook that a request describes. The request contains neither the secret nor the creator, so these
    /// members are not set.
    /// </summary>
    public Result<WebhookDocument> Read(WebhookRequest request)
    {
        if (
            !Url(request.Url).TryGet(out var url, out var problem)
            || !Queue(request.Queue).TryGet(out var queue, out problem)
            || !Duration(
                    "timeout",
                    request.Timeout,
                    WebhookLimits.DefaultTimeout,
                    WebhookLimits.MinTimeout,
                    WebhookLimits.MaxTimeout
                )
                .TryGet(out var timeout, out problem)
            || !Duration(
                    "disableAfter",
                    request.DisableAfter,
                    WebhookLimits.DefaultDisableAfter,
                    WebhookLimits.MinDisableAfter,
                    WebhookLimits.MaxDisableAfter
                )
                .TryGet(out var disableAfter, out problem)
        )
            return problem;
        if (!FeedStatesNames.TryParse(request.States ?? "succeeded", out var states))
            return Problem.BadRequest(
                $"states '{QuotedText.Clip(request.States!)}' is not valid. Use succeeded, failed or all."
            );
        if (request.From is not (null or "now" or "first"))
            return Problem.BadRequest($"from '{QuotedText.Clip(request.From)}' is not valid. Use now or first.");
        return new WebhookDocument
        {
            Url = url.AbsoluteUri,
            Queue = queue.Text,
            States = states,
            FromFirst = request.From == "first",
            Timeout = timeout,
            DisableAfter = disableAfter,
            Secret = "",
            Created = default,
            CreatedBy = "",
        };
    }

    /// <summary>Parses the grace period, during which the old secret is still used for signatures.</summary>
    public static Result<TimeSpan> Grace(string? text) =>
        Duration("grace", text, WebhookLimits.DefaultGrace, TimeSpan.Zero, WebhookLimits.MaxGrace);

    /// <summary>
    /// Returns the scheme and the host of a URL. The path and the query are omitted, because they serve as secrets for
    /// some receivers.
    /// </summary>
    public static string Origin(string url) => new Uri(url).GetLeftPart(UriPartial.Authority);

    /// <summary>
    /// Checks the URL as far as possible without resolving the host name. The resolved address is checked for each
    /// connection.
    /// </summary>
    private Result<Uri> Url(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return Problem.BadRequest("The member 'url' is missing. Set it to the URL that receives the messages.");
        if (text.Length > WebhookLimits.UrlLength)
            return Problem.BadRequest($"The URL has {text.Length} characters. The limit is {WebhookLimits.UrlLength}.");
        if (
            !Uri.TryCreate(text, UriKind.Absolute, out var url)
            || (url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp)
            || url.Host.Length == 0
            || url.Port == 0
        )
            return Problem.BadRequest($"The URL '{QuotedText.Clip(text)}' is not valid. Use https://HOST/PATH.");
        if (url.UserInfo.Length > 0)
            return Problem.BadRequest(
                $"The URL of {url.Host} contains a user name or password. Remove it; the signature identifies the "
                    + "sender."
            );
        if (url.Fragment.Length > 0)
            return Problem.BadRequest(
                $"The URL of {url.Host} contains '#', but the part after it is never sent. Remove that part."
            );
        if (url.Scheme == Uri.UriSchemeHttp && !addresses.AllowsNetworks)
            return Problem.BadRequest(
                $"The URL '{Origin(text)}' is not encrypted. Use https, or restart the server with the receiver's "
                    + "network in HEADRACE_WEBHOOKS__NETWORKS."
            );
        if (
            IPAddress.TryParse(url.DnsSafeHost, out var address)
            && !addresses.Permits(address, url.Scheme == Uri.UriSchemeHttps)
        )
            return Problem.BadRequest(
                $"Webhooks cannot be sent to {address}, which is not a public address reached over https. To allow "
                    + "it, add it or its network to HEADRACE_WEBHOOKS__NETWORKS and restart the server."
            );
        return url;
    }

    private static Result<QueueName> Queue(string? text)
    {
        if (text is null)
            return Problem.BadRequest(
                "The member 'queue' is missing. Set it to the queue whose ended jobs the webhook delivers."
            );
        return QueueName.TryParse(text, out var queue)
            ? queue
            : Problem.BadRequest(
                $"'{QuotedText.Clip(text)}' is not a valid queue name. Use {Core.NameFormat.Description}."
            );
    }

    private static Result<TimeSpan> Duration(
        string member,
        string? text,
        TimeSpan byDefault,
        TimeSpan min,
        TimeSpan max
    )
    {
        if (text is null)
            return byDefault;
        return DurationText.TryParse(text, out var duration) && duration >= min && duration <= max
            ? duration
            : Problem.BadRequest(
                $"{member} '{QuotedText.Clip(text)}' is not valid. Use {DurationText.ToText(min)} to "
                    + $"{DurationText.ToText(max)}, such as \"{DurationText.ToText(byDefault)}\"."
            );
    }
}
