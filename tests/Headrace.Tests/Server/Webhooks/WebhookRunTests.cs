using Headrace.Server.Jobs;
using Headrace.Server.Webhooks;
using Headrace.Server.Webhooks.Sending;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headrace.Tests.Server.Webhooks;

/// <summary>
/// Runs one webhook for days on a manual clock. The server does not run its webhooks; the test starts the run instead.
/// </summary>
public sealed class WebhookRunTests(WebhookScene scene) : IClassFixture<WebhookScene>, IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.Zero));
    private readonly CancellationTokenSource _stop = new();
    private readonly Receiver _receiver = new();
    private Task _run = Task.CompletedTask;

    private IServiceProvider Services => scene.Server.Server.Services;

    private WebhookRecords Records => Services.GetRequiredService<WebhookRecords>();

    public async ValueTask InitializeAsync() =>
        await Services.GetRequiredService<WebhookLoop>().StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Eventually.EndsAsync("the end of the run", _run);
        await _receiver.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task After_five_days_of_failures_the_webhook_is_disabled_and_nothing_is_lost()
    {
        _receiver.Answer = _ => Receiver.Reply(500, "down");
        var name = await StartAsync();
        var jobs = await scene.EndJobsAsync(name, 3);

        await Eventually.HoldsAsync(
            "the end of the webhook",
            () => _run.IsCompleted || AdvanceToNextAttempt(name),
            Eventually.WithProcesses
        );

        var disabled = await scene.ShowAsync(name);
        Assert.Equal(("disabled", 3), (disabled.State, disabled.Lag));
        Assert.Matches(
            "^Every delivery has failed since 2026-11-30 12:[0-9:]+Z. The receiver answered with status 500: down.$",
            disabled.DisabledReason
        );
        Assert.InRange(_time.GetUtcNow() - disabled.FailingSince!.Value, TimeSpan.FromDays(5), TimeSpan.FromDays(5.2));

        while (_receiver.Waiting is not null) { }
        _receiver.Answer = _ => Receiver.Reply(200);
        var resumed = await scene.PostAsync(name, "resume");
        Assert.Null(resumed.FailingSince);
        Run(name);
        var received = new List<string?>();
        while (received.Count < 3)
            received.Add((await _receiver.NextAsync()).Job);
        Assert.Equal(jobs.Order(), received.Order());
    }

    [Fact]
    public async Task A_delivery_that_alone_fails_delays_no_other_and_is_abandoned_after_a_day()
    {
        var name = await StartAsync();
        var attempts = 0;
        _receiver.Answer = message =>
        {
            if (message.Json.GetProperty("data").GetProperty("result").GetString() != "poison")
                return Receiver.Reply(200);
            Interlocked.Increment(ref attempts);
            return Receiver.Reply(400, "cannot read this");
        };
        var poison = Assert.Single(await scene.EndJobsAsync(name, 1, "poison"));
        await Eventually.HoldsAsync("the failure", () => Records.ActivityOf(name).LastError is not null);

        // The first jobs take no time. After that, a job ends each hour and completes the pending pull. At that time,
        // the failed delivery is also due and is sent again. The clock advances only between rounds, so no request
        // times out.
        await scene.EndJobsAsync(name, 2);
        await SeesDeliveredAsync(name, 2);
        Assert.Equal(1, attempts);
        var hours = 0;
        while (Records.HealthOf(name).Abandoned == 0)
        {
            _time.Advance(TimeSpan.FromHours(1));
            await scene.EndJobsAsync(name, 1);
            await SeesDeliveredAsync(name, 2 + ++hours);
            await Eventually.HoldsAsync("a further attempt", () => attempts >= 1 + hours);
            await Eventually.HoldsAsync(
                "the end of the round",
                () => Records.ActivityOf(name).NextAttempt > _time.GetUtcNow() || Records.HealthOf(name).Abandoned > 0
            );
        }

        Assert.InRange(hours, 24, 25);
        await scene.SeesAsync("the acknowledgement", name, webhook => webhook is { Abandoned: 1, Lag: 0 });
        Assert.Contains(
            scene.Log.Lines,
            line =>
                line.StartsWith(
                    $"Warning: Webhook {name} gave up the delivery of job {poison}",
                    StringComparison.Ordinal
                )
        );
        Assert.Equal("succeeded", (await scene.GetJobAsync(poison)).State);
    }

    private Task SeesDeliveredAsync(string name, int deliveries) =>
        Eventually.HoldsAsync($"{deliveries} deliveries", () => Records.ActivityOf(name).Delivered >= deliveries);

    /// <summary>Creates a webhook and runs it on the manual clock.</summary>
    private async Task<string> StartAsync()
    {
        var name = scene.NewName();
        await scene.CreateAsync(name, _receiver.Url, ",\"timeout\":\"1m\"");
        Run(name);
        return name;
    }

    private void Run(string name)
    {
        var sender = new WebhookSender(
            Services.GetRequiredService<AddressRule>(),
            Services.GetRequiredService<IHostResolver>(),
            _time
        );
        var meters = Services.GetRequiredService<WebhookMeters>();
        var runs = new WebhookRuns(
            scene.Server.Server.Router,
            new WebhookDeliverer(
                scene.Server.Server.JobStore,
                Services.GetRequiredService<JobPayloads>(),
                sender,
                meters,
                _time
            ),
            Records,
            meters,
            _time,
            Services.GetRequiredService<ILoggerFactory>()
        );
        var webhook = Services.GetRequiredService<WebhookStore>().Find(name)!;
        _run = runs.Create(webhook).RunAsync(_stop.Token, CancellationToken.None);
    }

    /// <summary>
    /// Advances the clock if the run is waiting for its next attempt. Always returns false, so that the caller
    /// continues to poll.
    /// </summary>
    private bool AdvanceToNextAttempt(string name)
    {
        var wait = Records.ActivityOf(name).NextAttempt - _time.GetUtcNow();
        if (wait > TimeSpan.Zero)
            _time.Advance(wait.Value);
        return false;
    }
}
