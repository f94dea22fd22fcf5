using System.Diagnostics.Metrics;
using Headrace.Core;
using Headrace.Server.Feeds;
using Headrace.Server.Shards;
using Headrace.Server.Telemetry;

namespace Headrace.Server.Webhooks;

/// <summary>
/// Webhook metrics: counters of deliveries, and the lag, which is the number of ended jobs that a webhook has not
/// delivered. The lag is read before each collection, because it is counted in the store.
/// </summary>
internal sealed class WebhookMeters : IGaugeSource
{
    private static readonly string[] Outcomes = ["accepted", "failed", "abandoned"];

    private readonly IShardRouter _shards;
    private readonly FeedLag _lag;
    private readonly Lock _lock = new();

    // Guarded by _lock.
    private readonly Dictionary<string, long[]> _counts = [];
    private readonly LabelLimit<string> _webhooks = new(LabelLimits.Webhooks, LabelLimits.Other);

    private volatile IReadOnlyList<(string Webhook, long Lag)> _lags = [];

    public WebhookMeters(IMeterFactory meters, IShardRouter shards, FeedLag lag)
    {
        (_shards, _lag) = (shards, lag);
        var meter = Instrumentation.CreateMeter(meters);
        meter.CreateObservableCounter(
            "headrace.webhook.deliveries",
            ReadCounts,
            "{delivery}",
            "Attempts to deliver a job, by webhook and outcome"
        );
        meter.CreateObservableGauge(
            "headrace.webhook.lag",
            () => _lags.Select(one => new Measurement<long>(one.Lag, Label("webhook", one.Webhook))),
            "{job}",
            "Ended jobs that the webhook has not delivered, counted up to 1,000"
        );
    }

    public void Sent(string webhook, bool isAccepted) => Count(webhook, isAccepted ? 0 : 1, 1);

    public void Abandoned(string webhook, int deliveries) => Count(webhook, 2, deliveries);

    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        try
        {
            var lags = new List<(string, long)>();
            await foreach (var feed in _shards.ListFeedsAsync(FeedName.WebhookPrefix, cancellationToken))
            {
                // The feeds are ordered by name, so the feeds of webhooks are consecutive.
                if (feed.Feed.Name.Webhook is not { } webhook)
                    break;
                var view = await _lag.ViewAsync(feed, FeedLag.MaxCountedInList, cancellationToken);
                lags.Add((webhook, view.Lag));
                // Every series starts at zero. If a series began with its first failure, alerts on an increase would
                // miss that failure.
                Count(webhook, outcome: 0, deliveries: 0);
            }
            _lags = lags;
        }
        catch (MailboxClosedException)
        {
            // The lag keeps its previous value, and the counters are still collected.
        }
    }

    private void Count(string webhook, int outcome, int deliveries)
    {
        lock (_lock)
        {
            var label = _webhooks.LabelOf(webhook);
            if (!_counts.TryGetValue(label, out var counts))
                _counts.Add(label, counts = new long[Outcomes.Length]);
            counts[outcome] += deliveries;
        }
    }

    private List<Measurement<long>> ReadCounts()
    {
        lock (_lock)
            return
            [
                .. from webhook in _counts
                from outcome in Outcomes.Index()
                select new Measurement<long>(
                    webhook.Value[outcome.Index],
                    Label("webhook", webhook.Key),
                    Label("outcome", outcome.Item)
                ),
            ];
    }

    private static KeyValuePair<string, object?> Label(string name, string value) => new(name, value);
}
