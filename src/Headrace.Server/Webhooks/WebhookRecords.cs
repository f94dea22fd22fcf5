using System.Collections.Concurrent;
using System.Text.Json;
using Headrace.Core.Registry;
using Headrace.Server.Accounts;
using Headrace.Server.Registry;

namespace Headrace.Server.Webhooks;

/// <summary>
/// What the server itself records of a webhook: its health and that it is disabled, in the registry, and its activity,
/// in memory.
/// </summary>
internal sealed class WebhookRecords(IRegistry registry, AuditLog audit)
{
    /// <summary>The name under which the audit log lists changes that the server makes.</summary>
    private const string Server = "server";

    /// <summary>The activity of each webhook since the server started. Only the run of a webhook changes it.</summary>
    private readonly ConcurrentDictionary<string, WebhookActivity> _activities = new();

    public WebhookActivity ActivityOf(string name) => _activities.GetValueOrDefault(name, WebhookActivity.None);

    public void Set(string name, WebhookActivity activity) => _activities[name] = activity;

    /// <summary>Called when a webhook has been removed.</summary>
    public void Forget(string name) => _activities.TryRemove(name, out _);

    /// <summary>Whether nobody has changed or removed the webhook since it had this version.</summary>
    public bool IsCurrent(CurrentWebhook webhook) =>
        registry.Get(WebhookDocument.Kind, webhook.Name)?.Version == webhook.Version;

    public WebhookHealth HealthOf(string name) =>
        registry.Get(WebhookHealth.Kind, name) is { } document
            ? WebhookHealth.Parse(document.Json.Span)
            : new WebhookHealth();

    /// <summary>Has no effect if the webhook has been removed meanwhile.</summary>
    public async Task WriteAsync(string name, WebhookHealth health)
    {
        if (registry.Get(WebhookHealth.Kind, name) is { } document)
            await registry.WriteAsync([Put(name, health, document.Version)], CancellationToken.None);
    }

    /// <summary>
    /// Disables the webhook if it still has this version. Otherwise somebody has changed it meanwhile, and the change
    /// takes precedence. Returns false if nothing could be written now.
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
