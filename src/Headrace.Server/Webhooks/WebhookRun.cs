using Headrace.Core;
using Headrace.Server.Http;
using Headrace.Server.Webhooks.Sending;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Webhooks;

/// <summary>One version of a webhook.</summary>
internal sealed record CurrentWebhook(string Name, long Version, WebhookDocument Document);

/// <summary>
/// Sends the deliveries of one active webhook in rounds, until the run is stopped or the webhook is disabled. If the
/// server stops or crashes after the receiver's reply but before the acknowledgement, the message is sent again with
/// the same id.
/// </summary>
internal sealed partial class WebhookRun
{
    /// <summary>The pause between attempts while the store is unavailable.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly CurrentWebhook _webhook;
    private readonly WebhookPosition _position;
    private readonly WebhookDeliverer _deliverer;
    private readonly WebhookReport _report;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly DeliverySchedule _schedule;
    private readonly long _started;

    public WebhookRun(
        CurrentWebhook webhook,
        WebhookPosition position,
        WebhookDeliverer deliverer,
        WebhookReport report,
        TimeProvider time,
        ILogger logger
    )
    {
        (_webhook, _position, _deliverer, _report) = (webhook, position, deliverer, report);
        (_time, _logger, _started) = (time, logger, time.GetTimestamp());
        _schedule = new DeliverySchedule(webhook.Document.DisableAfter, new Random());
    }

    /// <summary>The monotonic time since the run started.</summary>
    private TimeSpan Elapsed => _time.GetElapsedTime(_started);

    /// <param name="stop">When cancelled, no further round begins.</param>
    /// <param name="abandon">When cancelled, messages that are being sent are interrupted.</param>
    public async Task RunAsync(CancellationToken stop, CancellationToken abandon)
    {
        _report.Begin();
        try
        {
            var isActive = true;
            while (isActive)
                isActive = await TryRoundAsync(stop, abandon);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The run was stopped. Deliveries that are not acknowledged stay in the feed.
        }
        await ReleaseAsync();
    }

    /// <summary>Sends one round. Returns false if the webhook has been disabled.</summary>
    private async Task<bool> TryRoundAsync(CancellationToken stop, CancellationToken abandon)
    {
        try
        {
            var round = await NextRoundAsync(stop);
            if (_report.IsCurrent)
                return round.Count == 0 || await SendAsync(round, abandon);
            await _position.ReleaseAsync(round);
        }
        catch (MailboxClosedException unavailable)
        {
            Delayed(_webhook.Name, unavailable.Message);
        }
#pragma warning disable CA1031 // A failure of one round must not end the deliveries of the webhook.
        catch (Exception failure) when (!stop.IsCancellationRequested)
#pragma warning restore CA1031
        {
            RoundFailed(_webhook.Name, new LoggedFault(failure));
        }
        await Task.Delay(Pause, _time, stop);
        return true;
    }

    /// <summary>
    /// Waits for deliveries to send and returns them; empty if there are none by the end of the wait.
    /// </summary>
    private async Task<IReadOnlyList<WebhookDelivery>> NextRoundAsync(CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        if (_schedule.NotBefore - Elapsed is { Ticks: > 0 } wait)
            await Task.Delay(wait, _time, stop);
        var due = _schedule.TakeDue(Elapsed);
        var room = _schedule.Room(due.Count);
        var untilDue = due.Count > 0 ? TimeSpan.Zero : (_schedule.NextDue - Elapsed) ?? WebhookPosition.MaxWait;
        if (room <= 0)
        {
            if (untilDue > TimeSpan.Zero)
                await Task.Delay(untilDue, _time, stop);
            return due;
        }
        var pullWait = untilDue < WebhookPosition.MaxWait ? untilDue : WebhookPosition.MaxWait;
        var pulled = await _position.PullAsync(room, pullWait, () => _report.IsCurrent, stop);
        return [.. due, .. _schedule.Accept(pulled)];
    }

    private async Task<bool> SendAsync(IReadOnlyList<WebhookDelivery> deliveries, CancellationToken abandon)
    {
        var sent = await _deliverer.SendAsync(_webhook.Name, _webhook.Document, deliveries, abandon);
        List<(WebhookDelivery Delivery, SendResult Result)> round =
        [
            .. from one in sent where one.Result is not null select (one.Delivery, one.Result!),
        ];
        var end = _schedule.EndRound(round, Elapsed);
        // Crash point: the receiver has accepted the messages, but the acknowledgement is not stored. The messages are
        // sent again after the next start.
        await _position.AcknowledgeAsync([.. end.Accepted, .. end.Abandoned]);
        await _position.ReleaseAsync([
            .. end.Released,
            .. sent.Where(one => one.Result is null).Select(one => one.Delivery),
        ]);
        return await _report.EndRoundAsync(round, end, _schedule, Elapsed);
    }

    private async Task ReleaseAsync()
    {
        try
        {
            await _position.ReleaseAsync(_schedule.ReleaseAll());
        }
        catch (MailboxClosedException)
        {
            // The leases end even without a release: they are lost when the server stops, or they expire.
        }
    }

    [LoggerMessage(LogLevel.Debug, "Webhook {Webhook} waits for the store: {Why}")]
    private partial void Delayed(string webhook, string why);

    [LoggerMessage(LogLevel.Error, "A round of webhook {Webhook} failed")]
    private partial void RoundFailed(string webhook, Exception failure);
}
