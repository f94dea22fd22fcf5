using Headrace.Core.Registry;
using Headrace.Protocol.Json;
using Headrace.Server.Events;
using Headrace.Server.Registry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Webhooks;

/// <summary>
/// Publishes an event when the state of a webhook changes. Writes a log message when the server disables a webhook.
/// </summary>
internal sealed partial class WebhookAnnouncer(
    IRegistry registry,
    EventHub events,
    TimeProvider time,
    ILogger<WebhookAnnouncer> logger
) : IHostedService, IDisposable
{
    /// <summary>The last known states. Used only by the registry watch, on one thread at a time.</summary>
    private readonly Dictionary<string, WebhookState> _states = [];

    private IDisposable? _watch;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _watch = registry.Watch(WebhookDocument.Kind, OnChange);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _watch?.Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _watch?.Dispose();

    private void OnChange(RegistryChange change)
    {
        switch (change)
        {
            case RegistryChange.Put put when WebhookRuns.TryRead(put.Document) is { } webhook:
                var isKnown = _states.TryGetValue(webhook.Name, out var before);
                _states[webhook.Name] = webhook.Document.State;
                if (isKnown && before != webhook.Document.State)
                    Announce(webhook);
                break;
            case RegistryChange.Deleted deleted:
                _states.Remove(deleted.Id);
                break;
            case RegistryChange.Reloaded reloaded:
                _states.Clear();
                foreach (var webhook in reloaded.Documents.Select(WebhookRuns.TryRead).OfType<CurrentWebhook>())
                    _states[webhook.Name] = webhook.Document.State;
                break;
        }
    }

    private void Announce(CurrentWebhook webhook)
    {
        var document = webhook.Document;
        events.Publish(
            new WebhookEventReply(webhook.Name, document.Queue, document.State.ToWireName(), time.GetUtcNow())
            {
                Reason = document.DisabledReason,
            }
        );
        if (document.State == WebhookState.Disabled)
            Disabled(webhook.Name, document.DisabledReason);
    }

    [LoggerMessage(
        LogLevel.Warning,
        "Webhook {Webhook} is disabled. {Reason} Correct the cause, then run: headrace webhooks resume {Webhook}"
    )]
    private partial void Disabled(string webhook, string? reason);
}
