using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Core.Jobs;
using Headrace.Server.Webhooks;
using Headrace.Server.Webhooks.Sending;
using Xunit;

namespace Headrace.Tests.Server.Webhooks;

public sealed class DeliveryScheduleTests
{
    private static readonly SendResult Accepted = new(200, null);
    private static readonly SendResult Refused = new(500, "The receiver answered with status 500.");

    private readonly DeliverySchedule _schedule = new(TimeSpan.FromDays(5), new Random(7));

    [Fact]
    public void A_failed_delivery_is_sent_again_with_growing_delays_while_others_succeed()
    {
        var now = TimeSpan.Zero;
        var delays = new List<double>();
        for (var attempt = 1; attempt <= 12; attempt++)
        {
            var end = _schedule.EndRound([(Delivery(1), Refused), (Delivery(100 + attempt), Accepted)], now);

            Assert.Equal([100 + attempt], end.Accepted.Select(delivery => delivery.Number));
            Assert.Empty(end.Released);
            Assert.Equal((1, false), (_schedule.Held, _schedule.IsDown));
            Assert.Empty(_schedule.TakeDue(_schedule.NextDue!.Value - TimeSpan.FromTicks(1)));
            delays.Add((_schedule.NextDue!.Value - now).TotalSeconds);
            now = _schedule.NextDue!.Value;
            Assert.Equal([1], _schedule.TakeDue(now).Select(delivery => delivery.Number));
        }
        // Each delay is up to a quarter shorter than 5 s, 10 s, 20 s and so on, up to an hour.
        var expected = Enumerable.Range(0, 12).Select(i => Math.Min(5 * Math.Pow(2, i), 3_600));
        Assert.All(delays.Zip(expected), pair => Assert.InRange(pair.First, 0.75 * pair.Second, pair.Second));
        Assert.Equal(now - TimeSpan.FromSeconds(delays[^1]), _schedule.NotBefore);
    }

    [Fact]
    public void If_two_deliveries_fail_and_none_succeeds_they_return_to_the_feed_and_the_webhook_waits()
    {
        var end = _schedule.EndRound([(Delivery(1), Refused), (Delivery(2), Refused)], TimeSpan.Zero);

        Assert.Equal([1, 2], end.Released.Select(delivery => delivery.Number));
        Assert.Equal((0, true, null), (_schedule.Held, _schedule.IsDown, _schedule.NextDue));
        Assert.InRange(_schedule.NotBefore.TotalSeconds, 3.75, 5);
        var first = _schedule.NotBefore;
        _schedule.EndRound([(Delivery(1), Refused)], first);
        Assert.InRange((_schedule.NotBefore - first).TotalSeconds, 7.5, 10);

        // A success ends the outage immediately.
        var now = TimeSpan.FromMinutes(1);
        _schedule.EndRound([(Delivery(1), Accepted)], now);
        Assert.Equal((now, false, false), (_schedule.NotBefore, _schedule.IsDown, _schedule.IsFailing));
    }

    [Fact]
    public void A_delivery_that_alone_fails_is_no_outage_but_a_second_one_is()
    {
        foreach (var second in Enumerable.Range(0, 3))
            Assert.Empty(_schedule.EndRound([(Delivery(1), Refused)], TimeSpan.FromSeconds(second)).Released);
        Assert.Equal((1, true, false), (_schedule.Held, _schedule.IsFailing, _schedule.IsDown));
        Assert.Equal(TimeSpan.FromSeconds(2), _schedule.NotBefore);

        var end = _schedule.EndRound([(Delivery(2), Refused)], TimeSpan.FromSeconds(3));

        Assert.Equal([1, 2], end.Released.Select(delivery => delivery.Number).Order());
        Assert.True(_schedule.IsDown);
    }

    [Theory]
    [InlineData(60, 60)]
    [InlineData(1, 5)]
    [InlineData(360_000, 3_600)]
    public void A_requested_delay_is_honoured_up_to_an_hour(int requested, int expected)
    {
        _schedule.EndRound(
            [(Delivery(1), Refused with { RetryAfter = TimeSpan.FromSeconds(requested) }), (Delivery(2), Refused)],
            TimeSpan.Zero
        );

        Assert.InRange(_schedule.NotBefore.TotalSeconds, 0.75 * expected, expected);
    }

    [Fact]
    public void A_held_delivery_whose_lease_expires_keeps_its_delay_and_receives_its_new_token()
    {
        _schedule.EndRound([(Delivery(1), Refused), (Delivery(2), Accepted)], TimeSpan.Zero);

        Assert.Equal([3], _schedule.Accept([Delivery(1, epoch: 9), Delivery(3)]).Select(delivery => delivery.Number));

        Assert.Equal(9, Assert.Single(_schedule.TakeDue(TimeSpan.FromMinutes(1))).Token.Epoch);
    }

    [Fact]
    public void A_delivery_that_fails_for_a_day_while_others_succeed_is_abandoned()
    {
        _schedule.EndRound([(Delivery(1), Refused), (Delivery(2), Accepted)], TimeSpan.Zero);
        var day = TimeSpan.FromDays(1);

        _schedule.EndRound([(Delivery(3), Accepted)], TimeSpan.FromSeconds(1));
        var early = _schedule.EndRound([(Delivery(1), Refused)], day - TimeSpan.FromSeconds(1));
        var late = _schedule.EndRound([(Delivery(1), Refused)], day);

        Assert.Empty(early.Abandoned);
        Assert.Equal([1], late.Abandoned.Select(delivery => delivery.Number));
        Assert.Equal(0, _schedule.Held);
    }

    [Fact]
    public void Nothing_is_abandoned_while_no_other_delivery_succeeds()
    {
        for (var day = 0; day < 4; day++)
            Assert.Empty(_schedule.EndRound([(Delivery(1), Refused)], TimeSpan.FromDays(day)).Abandoned);
        for (var day = 4; day < 8; day++)
            Assert.Empty(
                _schedule.EndRound([(Delivery(1), Refused), (Delivery(2), Refused)], TimeSpan.FromDays(day)).Abandoned
            );
    }

    [Fact]
    public void A_webhook_is_overdue_only_while_it_fails()
    {
        var since = new DateTimeOffset(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);
        _schedule.EndRound([(Delivery(1), Refused)], TimeSpan.Zero);

        Assert.False(_schedule.IsOverdue(since, since.AddDays(5).AddTicks(-1)));
        Assert.True(_schedule.IsOverdue(since, since.AddDays(5)));
        Assert.False(_schedule.IsOverdue(null, since.AddDays(5)));
        _schedule.EndRound([(Delivery(1), Accepted)], TimeSpan.Zero);
        Assert.False(_schedule.IsOverdue(since, since.AddDays(5)));
    }

    [Fact]
    public void A_webhook_with_too_many_failed_deliveries_takes_no_further_ones()
    {
        var number = 0L;
        while (_schedule.Held < WebhookLimits.Held)
            _schedule.EndRound(
                [
                    (Delivery(1_000_000 + number), Accepted),
                    .. Enumerable.Range(0, WebhookLimits.InFlight - 1).Select(_ => (Delivery(++number), Refused)),
                ],
                TimeSpan.Zero
            );

        Assert.Equal(0, _schedule.Room(due: 0));
        Assert.InRange(_schedule.Held, WebhookLimits.Held, WebhookLimits.Held + WebhookLimits.InFlight);
        // The failed deliveries are sent again one round at a time, and each success frees room.
        var due = _schedule.TakeDue(TimeSpan.FromMinutes(1));
        Assert.Equal(WebhookLimits.InFlight, due.Count);
        _schedule.EndRound([.. due.Select(delivery => (delivery, Accepted))], TimeSpan.FromMinutes(1));
        Assert.True(_schedule.Room(due: 0) > 0);
    }

    private static WebhookDelivery Delivery(long number, long epoch = 1) =>
        new(new DeliveryToken(number, epoch), new DeliveredCompletion(number, new JobId(number)));
}
