using System.Net.Http.Json;
using System.Text.Json.Serialization.Metadata;
using Headrace.Protocol.Json;

namespace Headrace.Client;

/// <summary>
/// Manages webhooks, which send each ended job in a queue to a URL; get an instance from
/// <see cref="HeadraceClient.Webhooks"/>.
/// </summary>
/// <remarks>All calls except those that list and read webhooks require the operator role.</remarks>
public sealed class WebhooksClient
{
    private readonly RetryingTransport _transport;

    internal WebhooksClient(RetryingTransport transport) => _transport = transport;

    /// <summary>Lists the webhooks, ordered by name.</summary>
    public Task<IReadOnlyList<WebhookReply>> ListAsync(CancellationToken cancellationToken = default) =>
        _transport.GetAsync("v1/webhooks", HeadraceJson.Default.IReadOnlyListWebhookReply, cancellationToken);

    /// <summary>Gets a webhook, its position, its last error and its next attempt.</summary>
    public Task<WebhookReply> GetAsync(string webhook, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(PathOf(webhook), HeadraceJson.Default.WebhookReply, cancellationToken);

    /// <summary>
    /// Creates a webhook, or changes the URL and the times of an existing one. When a webhook is created, the reply
    /// contains the secret, which cannot be read again.
    /// </summary>
    /// <param name="webhook">The name of the webhook.</param>
    /// <param name="request">The URL, and which ended jobs to send.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<WebhookReply> SetAsync(
        string webhook,
        WebhookRequest request,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        return _transport.SendAsync(
            () =>
                new HttpRequestMessage(HttpMethod.Put, PathOf(webhook))
                {
                    Content = JsonContent.Create(request, HeadraceJson.Default.WebhookRequest),
                },
            HeadraceJson.Default.WebhookReply,
            cancellationToken
        );
    }

    /// <summary>Pauses a webhook: the server sends nothing further until the webhook is resumed.</summary>
    public Task<WebhookReply> PauseAsync(string webhook, CancellationToken cancellationToken = default) =>
        PostAsync(webhook, "pause", HeadraceJson.Default.WebhookReply, cancellationToken);

    /// <summary>Resumes a webhook that was paused or that the server disabled.</summary>
    public Task<WebhookReply> ResumeAsync(string webhook, CancellationToken cancellationToken = default) =>
        PostAsync(webhook, "resume", HeadraceJson.Default.WebhookReply, cancellationToken);

    /// <summary>Sends a test message at once and returns the receiver's response.</summary>
    public Task<WebhookTestReply> TestAsync(string webhook, CancellationToken cancellationToken = default) =>
        PostAsync(webhook, "test", HeadraceJson.Default.WebhookTestReply, cancellationToken);

    /// <summary>Replaces the secret. The reply contains the new one.</summary>
    /// <param name="webhook">The name of the webhook.</param>
    /// <param name="request">How long the server continues to sign with the old secret as well.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<WebhookReply> RotateAsync(
        string webhook,
        RotateWebhookRequest request,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        return _transport.SendAsync(
            () =>
                new HttpRequestMessage(HttpMethod.Post, PathOf(webhook) + ":rotate")
                {
                    Content = JsonContent.Create(request, HeadraceJson.Default.RotateWebhookRequest),
                },
            HeadraceJson.Default.WebhookReply,
            cancellationToken
        );
    }

    /// <summary>
    /// Removes a webhook and its position. Jobs that were not delivered can still be read by their ids.
    /// </summary>
    public Task RemoveAsync(string webhook, CancellationToken cancellationToken = default) =>
        _transport.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Delete, PathOf(webhook)),
            (_, _) => true,
            submits: false,
            cancellationToken
        );

    private Task<T> PostAsync<T>(
        string webhook,
        string action,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken
    ) =>
        _transport.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Post, $"{PathOf(webhook)}:{action}"),
            type,
            cancellationToken
        );

    private static string PathOf(string webhook)
    {
        ArgumentException.ThrowIfNullOrEmpty(webhook);
        return $"v1/webhooks/{Uri.EscapeDataString(webhook)}";
    }
}
