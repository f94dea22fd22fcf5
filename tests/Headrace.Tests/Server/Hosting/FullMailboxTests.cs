using Headrace.Core;
using Headrace.Server.Hosting;
using Headrace.Server.Queues;
using Headrace.Server.Sweeps;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headrace.Tests.Server.Hosting;

/// <summary>
/// Tests that the server's own commands are sent again if the mailbox has no room for them because of client requests.
/// </summary>
public sealed class FullMailboxTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly TroubledJobStore _jobStore;
    private readonly ShardMailbox _mailbox;
    private readonly SingleShardRouter _router;
    private readonly LinesOfLog _log = new();
    private readonly ILoggerFactory _logging;

    public FullMailboxTests()
    {
        (_jobStore, _mailbox) = (new TroubledJobStore(_clock), new ShardMailbox(_clock));
        _router = new SingleShardRouter(_mailbox);
        _mailbox.Open();
        _logging = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(_log));
    }

    public async ValueTask DisposeAsync()
    {
        _logging.Dispose();
        await _jobStore.DisposeAsync();
    }

    [Fact]
    public async Task The_deletion_of_expired_jobs_is_sent_again_when_the_mailbox_has_room_R14()
    {
        using var loop = new RetentionLoop(_router, _clock, _logging.CreateLogger<RetentionLoop>());

        await AssertSentAgainAsync<Command.DeleteExpired>(loop);
    }

    [Fact]
    public async Task A_sweep_continues_when_the_mailbox_has_room_R3()
    {
        using var loop = new SweepLoop(_router, _jobStore, _clock, _logging.CreateLogger<SweepLoop>());

        // Each round of steps begins with this list.
        await AssertSentAgainAsync<Command.ListSweeps>(loop);
    }

    private async Task AssertSentAgainAsync<TCommand>(IHostedService loop)
        where TCommand : Command
    {
        List<Task> requests = [];
        while (requests is not [.., { IsFaulted: true }])
            requests.Add(_mailbox.SendAsync(new Command.ListWorkers(), TestContext.Current.CancellationToken));

        await loop.StartAsync(TestContext.Current.CancellationToken);
        await Eventually.HoldsAsync(
            "the command to be rejected",
            () => _log.Lines.Any(line => line.Contains("already waiting", StringComparison.Ordinal))
        );
        Assert.Equal(requests.Count - 1, _mailbox.Count);
        for (var i = 1; i < requests.Count; i++)
            Assert.IsType<Command.ListWorkers>(Take());

        await Eventually.HoldsAsync(
            "the command to be sent again",
            () =>
            {
                _clock.Advance(TimeSpan.FromSeconds(1));
                return Take() is TCommand;
            }
        );
        await loop.StopAsync(TestContext.Current.CancellationToken);
        _mailbox.FailAll("The test has ended.");
        await Assert.ThrowsAsync<MailboxClosedException>(() => Task.WhenAll(requests));
    }

    private Command? Take() => _mailbox.TryTake(isInternal: false, out var pending) ? pending.Command : null;
}
