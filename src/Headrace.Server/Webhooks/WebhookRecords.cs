using System.Collections.Concurrent;
using System.Text.Json;
using Headrace.Core.Registry;
using Headrace.Server.Accounts;
using Headrace.Server.Registry;

namespace Headrace.Server.Webhooks;

/// <summary>
/// Keeps the data that the server itself records about webhooks: the health and the disabled state in the registry, and
/// the activity in memory.
/// </summary>
internal sealed class WebhookRecords(IRegistry registry, AuditLog audit)
{
    /// <summary>The name that the audit log shows for changes made by the server.</summary>
    private const string Server = "server";

    /// <summary>
    /// The activity of each webhook since the server started. Only the run of a webhook changes its activity.
    /// </summary>
    private readonly ConcurrentDictionary<string, WebhookActivity> _activities = new();

    public WebhookActivity ActivityOf(string name) => _activities.GetValueOrDefault(name, WebhookActivity.None);

    public void Set(string name, WebhookActivity activity) => _activities[name] = activity;

    /// <summary>Forgets the activity of a webhook that has been removed.</summary>
    public void Forget(string name) => _activities.TryRemove(name, out _);

    /// <summary>Returns whether the registry still contains this version of the webhook.</summary>
    public bool IsCurrent(CurrentWebhook webhook) =>
        registry.Get(WebhookDocument.Kind, webhook.Name)?.Version == webhook.Version;

    public WebhookHealth HealthOf(string name) =>
        registry.Get(WebhookHealth.Kind, name) is { } document
            ? WebhookHealth.Parse(document.Json.Span)
            : new WebhookHealth();

    /// <summary>Writes the health of a webhook. Has no effect if the webhook has been removed.</summary>
    public async Task WriteAsync(string name, WebhookHealth health)
    {
        if (registry.Get(WebhookHealth.Kind, name) is { } document)
            await registry.WriteAsync([Put(name, health, document.Version)], CancellationToken.None);
    }

    /// <summary>
    /// Disables the webhook if it still has this version. Otherwise, a user has changed the webhook, and the change
    /// takes precedence. Returns false if the store is unavailable.
    /// </summary>
    public async Task<bool> TryDisableAsync(CurrentWebhook webhook, WebhookHealth health, string reason)
    {
        var disabled = webhook.Document with { State = WebhookState.Disabled, DisabledReason = reason };
        var written = await registry.WriteAsync(
            [
                new RegistryWrite.Put(
                    WebhookDocument.Kind,
                    webhook.Name,
                    JsonSerializer.SerializeToUtf8Bytes(disabled, WebhookJson.Default.WebhookDocument),
                    webhook.Version
                ),
                Put(webhook.Name, health),
                audit.Entry(Server, "disable webhook", webhook.Name),
            ],
            CancellationToken.None
        );
        return written is not WriteResult.Rejected;
    }

    public static RegistryWrite.Put Put(
        string name,
        WebhookHealth health,
        long expectedVersion = RegistryWrite.AnyVersion
    ) =>
        new(
            WebhookHealth.Kind,
            name,
            JsonSerializer.SerializeToUtf8Bytes(health, WebhookJson.Default.WebhookHealth),
            expectedVersion
        );
}
