using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Server.Webhooks.Sending;

namespace Headrace.Server.Webhooks;

/// <summary>An ended job that a webhook delivers.</summary>
/// <param name="Token">The token that the feed issued for the delivery.</param>
/// <param name="Completion">The completion of the job.</param>
internal readonly record struct WebhookDelivery(DeliveryToken Token, DeliveredCompletion Completion)
{
    public long Number => Token.CompletionNumber;
}

/// <summary>
/// Decides which deliveries a webhook sends, and when. Deliveries are sent in rounds. A failed delivery is sent again
/// after increasing delays while the others continue, because it may be the only one that the receiver cannot process.
/// If two different deliveries fail and none succeeds between these failures, the receiver is assumed to be down. All
/// deliveries then return to the feed, and the webhook waits before the next round. All times are from a monotonic
/// clock.
/// </summary>
internal sealed class DeliverySchedule(TimeSpan disableAfter, Random random)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(5);

    /// <summary>Maximum delay, even if the receiver requests a longer one.</summary>
    private static readonly TimeSpan MaxDelay = TimeSpan.FromHours(1);

    /// <summary>
    /// The maximum fraction by which a delay is randomly shortened, so that many webhooks do not send at the same time.
    /// </summary>
    private const double Jitter = 0.25;

    /// <summary>
    /// The number of different deliveries that must fail in succession before the receiver is assumed to be down.
    /// </summary>
    private const int FailuresOfAReceiver = 2;

    /// <summary>
    /// How long a delivery may fail while others succeed before it is abandoned. Until then, the feed prevents the
    /// deletion of its job.
    /// </summary>
    private static readonly TimeSpan AbandonAfter = TimeSpan.FromDays(1);

    /// <summary>
    /// Failed deliveries whose leases are kept, by completion number, with the oldest failures first.
    /// </summary>
    private readonly OrderedDictionary<long, Failed> _held = [];

    /// <summary>
    /// The first deliveries that failed after the last success. Two of them indicate that the receiver is down.
    /// </summary>
    private readonly HashSet<long> _failedSinceSuccess = [];

    /// <summary>The number of rounds in which the receiver was found to be down.</summary>
    private int _roundsDown;

    private TimeSpan? _lastSuccess;

    /// <param name="Delivery">The delivery.</param>
    /// <param name="Attempts">Number of failed attempts.</param>
    /// <param name="FirstAt">When the delivery first failed.</param>
    /// <param name="DueAt">When the delivery is due to be sent again.</param>
    private sealed record Failed(WebhookDelivery Delivery, int Attempts, TimeSpan FirstAt, TimeSpan DueAt);

    /// <summary>The end of the wait for a receiver that is down or has requested a delay.</summary>
    public TimeSpan NotBefore { get; private set; }

    /// <summary>Whether the receiver is assumed to be down.</summary>
    public bool IsDown => _roundsDown > 0;

    /// <summary>Whether a delivery has failed since the last success.</summary>
    public bool IsFailing => _failedSinceSuccess.Count > 0;

    /// <summary>The number of failed deliveries that are waiting for their next attempt.</summary>
    public int Held => _held.Count;

    /// <summary>When the next held delivery is due; null if none is held.</summary>
    public TimeSpan? NextDue => _held.Values.Select(failed => (TimeSpan?)failed.DueAt).Min();

    /// <summary>
    /// Returns how many new deliveries a round may take from the feed in addition to those that are due.
    /// </summary>
    public int Room(int due) => Held >= WebhookLimits.Held ? 0 : WebhookLimits.InFlight - due;

    /// <summary>
    /// Returns the held deliveries that are due, oldest failures first, but no more than fit into one round.
    /// </summary>
    public IReadOnlyList<WebhookDelivery> TakeDue(TimeSpan now) =>
        [
            .. _held
                .Values.Where(failed => failed.DueAt <= now)
                .Take(WebhookLimits.InFlight)
                .Select(failed => failed.Delivery),
        ];

    /// <summary>
    /// Accepts the deliveries of a pull and returns those to send: all except held deliveries, which the feed delivers
    /// again when their leases expire. Held deliveries stay held, with their new tokens.
    /// </summary>
    public IReadOnlyList<WebhookDelivery> Accept(IEnumerable<WebhookDelivery> pulled)
    {
        var send = new List<WebhookDelivery>();
        foreach (var delivery in pulled)
            if (_held.TryGetValue(delivery.Number, out var known))
                _held[delivery.Number] = known with { Delivery = delivery };
            else
                send.Add(delivery);
        return send;
    }

    /// <summary>Records the results of a round, and returns the action for each of its deliveries.</summary>
    public RoundEnd EndRound(IReadOnlyList<(WebhookDelivery Delivery, SendResult Result)> round, TimeSpan now)
    {
        var accepted = round.Where(sent => sent.Result.IsAccepted).Select(sent => sent.Delivery).ToList();
        foreach (var delivery in accepted)
            _held.Remove(delivery.Number);
        var failed = round.Where(sent => !sent.Result.IsAccepted).ToList();
        foreach (var (delivery, result) in failed)
            Fail(delivery, result, now);
        Judge(
            round.Any(sent => sent.Result is { IsAccepted: true, WasSent: true }),
            failed.Select(sent => sent.Delivery.Number),
            now
        );
        var requested = failed.Select(sent => sent.Result.RetryAfter ?? TimeSpan.Zero).DefaultIfEmpty().Max();
        NotBefore = now + Longer(IsDown ? Delay(_roundsDown) : TimeSpan.Zero, requested);
        var abandoned = TakeAbandoned(failed.Select(sent => sent.Delivery), now);
        return new RoundEnd(accepted, IsDown ? ReleaseAll() : [], abandoned);
    }

    /// <summary>Returns all held deliveries, which must go back to the feed, and forgets their failures.</summary>
    public IReadOnlyList<WebhookDelivery> ReleaseAll()
    {
        List<WebhookDelivery> held = [.. _held.Values.Select(failed => failed.Delivery)];
        _held.Clear();
        return held;
    }

    /// <summary>Returns whether a webhook that has been failing since this time must be disabled.</summary>
    public bool IsOverdue(DateTimeOffset? failingSince, DateTimeOffset now) =>
        IsFailing && now - failingSince >= disableAfter;

    /// <summary>Decides whether the receiver is down.</summary>
    private void Judge(bool hasSucceeded, IEnumerable<long> failed, TimeSpan now)
    {
        if (hasSucceeded)
        {
            (_roundsDown, _lastSuccess) = (0, now);
            _failedSinceSuccess.Clear();
            return;
        }
        var before = _roundsDown;
        foreach (var number in failed)
        {
            if (_failedSinceSuccess.Count < FailuresOfAReceiver)
                _failedSinceSuccess.Add(number);
            if (_failedSinceSuccess.Count == FailuresOfAReceiver)
                _roundsDown = before + 1;
        }
    }

    private void Fail(WebhookDelivery delivery, SendResult result, TimeSpan now)
    {
        var known = _held.GetValueOrDefault(delivery.Number);
        var attempts = (known?.Attempts ?? 0) + 1;
        var dueAt = now + Longer(Delay(attempts), result.RetryAfter ?? TimeSpan.Zero);
        _held[delivery.Number] = new Failed(delivery, attempts, known?.FirstAt ?? now, dueAt);
    }

    /// <summary>
    /// Returns the deliveries that have been failing for too long even though the receiver has accepted others since
    /// then.
    /// </summary>
    private List<WebhookDelivery> TakeAbandoned(IEnumerable<WebhookDelivery> failed, TimeSpan now)
    {
        var abandoned = failed
            .Where(delivery =>
                _held[delivery.Number].FirstAt is var first && now - first >= AbandonAfter && _lastSuccess > first
            )
            .ToList();
        foreach (var delivery in abandoned)
            _held.Remove(delivery.Number);
        return abandoned;
    }

    private TimeSpan Delay(int failures)
    {
        var factor = Math.Pow(2, Math.Min(failures, 32) - 1);
        var delay = Math.Min(FirstDelay.TotalSeconds * factor, MaxDelay.TotalSeconds);
        return TimeSpan.FromSeconds(delay * (1 - Jitter * random.NextDouble()));
    }

    /// <summary>Returns the longer of the two delays, up to the maximum.</summary>
    private static TimeSpan Longer(TimeSpan delay, TimeSpan requested) =>
        requested <= delay ? delay
        : requested < MaxDelay ? requested
        : MaxDelay;
}

/// <summary>The actions for the deliveries of a round.</summary>
/// <param name="Accepted">The deliveries that the receiver accepted.</param>
/// <param name="Released">The deliveries that return to the feed.</param>
/// <param name="Abandoned">The deliveries that are abandoned.</param>
internal sealed record RoundEnd(
    IReadOnlyList<WebhookDelivery> Accepted,
    IReadOnlyList<WebhookDelivery> Released,
    IReadOnlyList<WebhookDelivery> Abandoned
);
