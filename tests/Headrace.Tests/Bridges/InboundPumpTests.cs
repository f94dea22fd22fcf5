using Headrace.Bridges;
using Headrace.Client;
using Headrace.Tests.Client;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Bridges;

/// <summary>The pump of messages with a server that follows a script.</summary>
public sealed class InboundPumpTests
{
    private const string Accepted = """{"line":1,"id":"7","state":"ready"}""";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task If_the_server_rejects_a_group_as_a_whole_only_the_message_that_caused_it_becomes_a_dead_letter()
    {
        var tooLarge = ScriptedServer.Json(413, ScriptedServer.Problem(413, "too-large", "Line 2 is too large."));
        await using var server = await ScriptedServer.StartAsync(
            tooLarge,
            ScriptedServer.Lines(Accepted),
            tooLarge,
            ScriptedServer.Lines(Accepted)
        );
        var source = new Source("one", "two", "three");

        await RunAsync(server, source, () => source.Ended == 3);

        Assert.Equal(["one", "three"], source.Settled);
        Assert.Equal([("two", "The message cannot be submitted: Line 2 is too large.")], source.Rejected);
        Assert.Equal(4, server.Seen.Count);
    }

    [Fact]
    public async Task A_rejection_with_another_cause_than_a_message_makes_no_dead_letters()
    {
        await using var server = await ScriptedServer.StartAsync(
            ScriptedServer.Json(403, ScriptedServer.Problem(403, "forbidden", "The key may not submit."))
        );
        var source = new Source("one", "two");

        var failure = await Assert.ThrowsAsync<HeadraceProblemException>(() =>
            RunAsync(server, source, () => source.Ended == 2)
        );

        Assert.Equal("The key may not submit.", failure.Message);
        Assert.Empty(source.Rejected);
        Assert.Empty(source.Settled);
    }

    private static async Task RunAsync(ScriptedServer server, Source source, Func<bool> hasEnded)
    {
        Assert.True(BrokerAddress.TryParse("redis://localhost", sentinel: null, out var address, out _));
        var bridge = new BridgeDefinition
        {
            Name = "b",
            Broker = address,
            Queue = "eu",
            Method = "noop",
            From = "in",
        };
        using var client = new HeadraceClient(
            new HeadraceClientOptions
            {
                Server = server.Url,
                Key = "key",
                RetryTimeout = TimeSpan.Zero,
            }
        );
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var progress = new BridgeProgress(TimeProvider.System);
        var running = new InboundPump(bridge, source, client, progress, TimeProvider.System).RunAsync(stop.Token);
        await Task.WhenAny(running, Eventually.HoldsAsync("the end of the messages", hasEnded));
        await stop.CancelAsync();
        try
        {
            await running;
        }
        catch (OperationCanceledException)
        {
            // The pump ran until it was stopped.
        }
    }

    /// <summary>A source with a few messages.</summary>
    private sealed class Source(params string[] messages) : IMessageSource
    {
        private bool _isTaken;

        public List<string> Settled { get; } = [];

        public List<(string Message, string Reason)> Rejected { get; } = [];

        public int Ended => Settled.Count + Rejected.Count;

        public Task<IReadOnlyList<BrokerMessage>> RecoverAsync() => Task.FromResult<IReadOnlyList<BrokerMessage>>([]);

        public async Task<IReadOnlyList<BrokerMessage>> TakeAsync(int max, CancellationToken cancellationToken)
        {
            if (_isTaken)
                await Task.Delay(Timeout.Infinite, cancellationToken);
            _isTaken = true;
            return [.. messages.Select(text => new BrokerMessage(text, System.Text.Encoding.UTF8.GetBytes(text)))];
        }

        public Task SettleAsync(IReadOnlyList<BrokerMessage> messages)
        {
            Settled.AddRange(messages.Select(message => message.Token));
            return Task.CompletedTask;
        }

        public Task RejectAsync(BrokerMessage message, string reason)
        {
            Rejected.Add((message.Token, reason));
            return Task.CompletedTask;
        }

        public Task<BrokerMessage> RenameAsync(BrokerMessage message) => Task.FromResult(message);

        public Task KeepAsync(IReadOnlyList<BrokerMessage> messages) => Task.CompletedTask;

        public Task ReturnAsync(Func<IReadOnlyList<BrokerMessage>, Task<IReadOnlySet<string>>> findJobs) =>
            Task.CompletedTask;

        public Task<long> CountAsync() => Task.FromResult(0L);
    }
}
