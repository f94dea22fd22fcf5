using Headrace.Server.Webhooks.Sending;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Webhooks;

/// <summary>
/// Records the results of the rounds of one webhook, and disables the webhook if it has been failing for too long.
/// </summary>
internal sealed partial class WebhookReport(
    CurrentWebhook webhook,
    WebhookRecords records,
    WebhookMeters meters,
    TimeProvider time,
    ILogger logger
)
{
    private readonly string _name = webhook.Name;

    /// <summary>
    /// Whether the webhook still has the version with which the run was started. If it does not, the run will be
    /// stopped and must not send anything until then.
    /// </summary>
    public bool IsCurrent => records.IsCurrent(webhook);

    /// <summary>Clears the state of the previous run.</summary>
    public void Begin() => records.Set(_name, records.ActivityOf(_name) with { Held = 0, NextAttempt = null });

    /// <summary>Records the end of a round. Returns false if the webhook has been disabled.</summary>
    public async Task<bool> EndRoundAsync(
        IReadOnlyList<(WebhookDelivery Delivery, SendResult Result)> round,
        RoundEnd end,
        DeliverySchedule schedule,
        TimeSpan elapsed
    )
    {
        var now = time.GetUtcNow();
        var lastFailure = round.LastOrDefault(sent => !sent.Result.IsAccepted).Result;
        var before = records.HealthOf(_name);
        var health = before with
        {
            FailingSince = schedule.IsFailing ? before.FailingSince ?? now : null,
            Abandoned = before.Abandoned + end.Abandoned.Count,
        };
        UpdateActivity(round, schedule, elapsed, now);
        Report(before, health, end, lastFailure?.Error);
        if (health != before)
            health = health with { LastError = lastFailure?.Error ?? before.LastError };
        if (ReasonToDisable(round, schedule.IsOverdue(health.FailingSince, now), health, lastFailure) is { } reason)
            return !await records.TryDisableAsync(webhook, health, reason);
        if (health != before)
            await records.WriteAsync(_name, health);
        return true;
    }

    private static string? ReasonToDisable(
        IReadOnlyList<(WebhookDelivery Delivery, SendResult Result)> round,
        bool isOverdue,
        WebhookHealth health,
        SendResult? lastFailure
    ) =>
        round.Any(sent => sent.Result.IsGone) ? "The receiver answered with status 410: it accepts no further messages."
        : isOverdue ? $"Every delivery has failed since {health.FailingSince:u}. {lastFailure?.Error}"
        : null;

    private void UpdateActivity(
        IReadOnlyList<(WebhookDelivery Delivery, SendResult Result)> round,
        DeliverySchedule schedule,
        TimeSpan elapsed,
        DateTimeOffset now
    )
    {
        var attempts = round.Where(sent => sent.Result.WasSent).ToList();
        var delivered = attempts.Count(sent => sent.Result.IsAccepted);
        var wait = schedule.IsDown ? schedule.NotBefore - elapsed : schedule.NextDue - elapsed;
        var activity = records.ActivityOf(_name);
        records.Set(
            _name,
            activity with
            {
                Delivered = activity.Delivered + delivered,
                Held = schedule.Held,
                LastStatus = attempts.Count > 0 ? attempts[^1].Result.Status : activity.LastStatus,
                LastError = attempts.LastOrDefault(sent => !sent.Result.IsAccepted).Result?.Error ?? activity.LastError,
                LastAttempt = attempts.Count > 0 ? now : activity.LastAttempt,
                LastDelivery = delivered > 0 ? now : activity.LastDelivery,
                NextAttempt = now + wait,
            }
        );
    }

    private void Report(WebhookHealth before, WebhookHealth after, RoundEnd end, string? error)
    {
        if (end.Abandoned.Count > 0)
            meters.Abandoned(_name, end.Abandoned.Count);
        foreach (var delivery in end.Abandoned)
            Abandoned(_name, delivery.Completion.Job.ToString());
        if (before.FailingSince is null && after.FailingSince is not null)
            Failing(_name, error);
        else if (before.FailingSince is { } since && after.FailingSince is null)
            Recovered(_name, since);
    }

    [LoggerMessage(LogLevel.Warning, "Webhook {Webhook} cannot deliver, and tries again: {Error}")]
    private partial void Failing(string webhook, string? error);

    [LoggerMessage(LogLevel.Information, "Webhook {Webhook} delivers again. It had failed since {Since:u}")]
    private partial void Recovered(string webhook, DateTimeOffset since);

    [LoggerMessage(
        LogLevel.Warning,
        "Webhook {Webhook} gave up the delivery of job {Job}, which failed for a day while others succeeded"
    )]
    private partial void Abandoned(string webhook, string job);
}
