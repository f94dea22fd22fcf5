using Headrace.Core;
using Headrace.Server.Feeds;
using Headrace.Server.Http;
using Headrace.Server.Registry;
using Headrace.Server.Shards;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Webhooks;

/// <summary>
/// Runs each active webhook. When a webhook is changed, paused or removed, its run stops after the messages that are
/// being sent are complete. Only then does the run of the changed webhook begin. When the server stops, receivers have
/// one second to reply to messages that are being sent.
/// </summary>
internal sealed partial class WebhookLoop(
    IRegistry registry,
    IShardRouter shards,
    WebhookRuns runs,
    TimeProvider time,
    ILogger<WebhookLoop> logger
) : BackgroundService
{
    /// <summary>
    /// How long messages that are being sent may take when the server stops. This is part of the server's time limit
    /// for stopping webhooks.
    /// </summary>
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(1);

    /// <summary>The pause between attempts while the server is starting.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // Released when a webhook is changed. Several releases have the same effect as one.
    private readonly SemaphoreSlim _changed = new(0);

    // Used only by the loop.
    private readonly Dictionary<string, Running> _running = [];
    private readonly Dictionary<string, Task> _ending = [];

    private sealed record Running(long Version, CancellationTokenSource Stop, Task Task);

    public override void Dispose()
    {
        _changed.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var abandon = new CancellationTokenSource();
        using var watch = registry.Watch(WebhookDocument.Kind, _ => _changed.Release());
        try
        {
            while (!await TryDeleteOrphansAsync(stoppingToken))
                await Task.Delay(Pause, time, stoppingToken);
            while (true)
            {
                ApplyChanges(abandon.Token);
                await _changed.WaitAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server is stopping. Deliveries that are not acknowledged are sent again after the next start.
        }
        using var grace = time.CreateTimer(_ => abandon.Cancel(), null, StopGrace, Timeout.InfiniteTimeSpan);
        foreach (var name in _running.Keys.ToList())
            Stop(name);
        await Task.WhenAll(_ending.Values);
    }

    /// <summary>
    /// Deletes the feeds that remained because a crash interrupted the removal of their webhooks. Returns false if the
    /// store is not available yet.
    /// </summary>
    private async Task<bool> TryDeleteOrphansAsync(CancellationToken cancellationToken)
    {
        try
        {
            await shards.DeleteOrphansAsync(
                feed => feed.Webhook is { } webhook && registry.Get(WebhookDocument.Kind, webhook) is null,
                cancellationToken
            );
            return true;
        }
        catch (MailboxClosedException)
        {
            return false;
        }
#pragma warning disable CA1031 // The next try may succeed. If the loop ended, no webhook would be sent.
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            FeedsNotChecked(new LoggedFault(fault));
            return false;
        }
    }

    private void ApplyChanges(CancellationToken abandon)
    {
        var active = registry
            .List(WebhookDocument.Kind)
            .Select(WebhookRuns.TryRead)
            .OfType<CurrentWebhook>()
            .Where(webhook => webhook.Document.State == WebhookState.Active)
            .ToDictionary(webhook => webhook.Name);
        foreach (var (name, running) in _running.ToList())
            if (active.GetValueOrDefault(name)?.Version != running.Version)
                Stop(name);
        foreach (var ended in _ending.Where(ending => ending.Value.IsCompleted).ToList())
            _ending.Remove(ended.Key);
        foreach (var webhook in active.Values.Where(webhook => !_running.ContainsKey(webhook.Name)))
        {
            var stop = new CancellationTokenSource();
            var previous = _ending.GetValueOrDefault(webhook.Name, Task.CompletedTask);
            _running.Add(
                webhook.Name,
                new Running(webhook.Version, stop, RunAsync(webhook, previous, stop.Token, abandon))
            );
        }
    }

    private void Stop(string name)
    {
        if (!_running.Remove(name, out var running))
            return;
        _ending[name] = EndAsync(running);

        static async Task EndAsync(Running running)
        {
            await running.Stop.CancelAsync();
            await running.Task;
            running.Stop.Dispose();
        }
    }

    /// <summary>Runs the webhook after the run of its previous version has ended. Never throws.</summary>
    private async Task RunAsync(
        CurrentWebhook webhook,
        Task previous,
        CancellationToken stop,
        CancellationToken abandon
    )
    {
        await previous;
        try
        {
            await runs.Create(webhook).RunAsync(stop, abandon);
        }
#pragma warning disable CA1031 // A failed run must not end the others.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            RunFailed(webhook.Name, new LoggedFault(failure));
        }
    }

    [LoggerMessage(LogLevel.Error, "The feeds of webhooks could not be checked; the check is repeated")]
    private partial void FeedsNotChecked(Exception fault);

    [LoggerMessage(LogLevel.Error, "The run of webhook {Webhook} failed")]
    private partial void RunFailed(string webhook, Exception failure);
}
