using Headrace.Server.Jobs;
using Headrace.Server.Webhooks;
using Headrace.Server.Webhooks.Sending;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headrace.Tests.Server.Webhooks;

/// <summary>
/// One webhook over days, on a manual clock. The server that it belongs to considers it paused, and its run is started
/// by the test.
/// </summary>
public sealed class WebhookRunTests(WebhookScene scene) : IClassFixture<WebhookScene>, IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.Zero));
    private readonly CancellationTokenSource _stop = new();
    private readonly Receiver _receiver = new();
    private Task _run = Task.CompletedTask;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

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
        var received = new List<string?>();
        while (received.Count < 3)
            received.Add((await _receiver.NextAsync()).Job);
        Assert.Equal(jobs.Order(), received.Order());
    }

    [Fact]
    public async Task A_delivery_that_alone_fails_delays_no_other_and_is_abandoned_after_a_day()
    {
        var name = await StartAsync();
        var (accepted, attempts) = (0, 0);
        _receiver.Answer = message =>
        {
            if (message.Json.GetProperty("data").GetProperty("result").GetString() != "poison")
            {
                Interlocked.Increment(ref accepted);
                return Receiver.Reply(200);
            }
            Interlocked.Increment(ref attempts);
            return Receiver.Reply(400, "cannot read this");
        };
        var poison = Assert.Single(await scene.EndJobsAsync(name, 1, "poison"));
        await SeesAsync(() => attempts, 1);

        // The first jobs need no time at all. Then a job ends each hour; the pull that it ends also finds the failed
        // delivery due, which is sent again.
        await scene.EndJobsAsync(name, 2);
        await SeesAsync(() => accepted, 2);
        Assert.Equal(1, attempts);
        var hours = 0;
        while ((await scene.ShowAsync(name)).Abandoned == 0)
        {
            _time.Advance(TimeSpan.FromHours(1));
            await scene.EndJobsAsync(name, 1);
            await SeesAsync(() => accepted, 2 + ++hours);
            await SeesAsync(() => attempts, 1 + hours);
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

    private WebhookRecords Records => scene.Server.Server.Services.GetRequiredService<WebhookRecords>();

    private static Task SeesAsync(Func<int> count, int expected) =>
        Eventually.HoldsAsync($"{expected} requests", () => count() >= expected);

    /// <summary>Creates a webhook that the server does not run, and runs it on the manual clock.</summary>
    private async Task<string> StartAsync()
    {
        var name = scene.NewName();
        await scene.CreateAsync(name, _receiver.Url, ",\"timeout\":\"1m\"");
        await scene.PostAsync(name, "pause");
        var services = scene.Server.Server.Services;
        var paused = services.GetRequiredService<WebhookStore>().Find(name)!;
        var sender = new WebhookSender(
            services.GetRequiredService<AddressRule>(),
            services.GetRequiredService<IHostResolver>(),
            _time
        );
        var meters = services.GetRequiredService<WebhookMeters>();
        var runs = new WebhookRuns(
            scene.Server.Server.Router,
            new WebhookDeliverer(
                scene.Server.Server.JobStore,
                services.GetRequiredService<JobPayloads>(),
                sender,
                meters,
                _time
            ),
            services.GetRequiredService<WebhookRecords>(),
            meters,
            _time,
            services.GetRequiredService<ILoggerFactory>()
        );
        _run = runs.Create(paused).RunAsync(_stop.Token, CancellationToken.None);
        return name;
    }

    /// <summary>Advances the clock if the run waits for its next attempt. Returns false.</summary>
    private bool AdvanceToNextAttempt(string name)
    {
        var wait = Records.ActivityOf(name).NextAttempt - _time.GetUtcNow();
        if (wait > TimeSpan.Zero)
            _time.Advance(wait.Value);
        return false;
    }
}
