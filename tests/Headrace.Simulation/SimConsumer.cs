using Headrace.Core;
using Headrace.Core.Feeds;

namespace Headrace.Simulation;

/// <summary>
/// A consumer of two named feeds. It pulls, acknowledges and releases deliveries, sometimes late or twice. Sometimes it
/// crashes and forgets what it holds.
/// </summary>
internal sealed class SimConsumer(World world, string name) : IEndpoint
{
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);

    /// <summary>The feeds, along with their queues and states.</summary>
    private static readonly (FeedName Name, QueueName Queue, FeedStates States)[] Feeds =
    [
        (new FeedName("all-of-a"), new QueueName("a"), FeedStates.All),
        (new FeedName("succeeded-of-b"), new QueueName("b"), FeedStates.Succeeded),
    ];

    private readonly Dictionary<long, int> _pulls = [];
    private readonly List<(int Feed, DeliveryToken Token)> _held = [];
    private long _calls;
    private bool _drains;

    public string Name => name;

    public void Act(int choice, int detail)
    {
        var feed = detail % Feeds.Length;
        switch (choice % 24)
        {
            case < 2:
                Call(new Command.CreateFeed(Feeds[feed].Name, Feeds[feed].Queue, Feeds[feed].States, FeedStart.First));
                break;
            case < 11:
                Pull(feed, 1 + ((detail >> 2) % 4), TimeSpan.FromSeconds((detail >> 5) % 3));
                break;
            case < 17:
                Settle(feed, detail >> 2, acknowledges: true);
                break;
            case < 20:
                Settle(feed, detail >> 2, acknowledges: false);
                break;
            case < 22:
                world.Trace?.Invoke($"{Name} crashes");
                _held.Clear();
                _pulls.Clear();
                break;
            case 22 when detail % 4 == 0:
                Call(new Command.DeleteFeed(Feeds[feed].Name, Feeds[feed].Queue));
                break;
            case 22:
                var to = (detail >> 3) % 3 == 0 ? FeedStart.Now : new FeedStart(1 + ((detail >> 5) % 12));
                Call(new Command.SeekFeed(Feeds[feed].Name, Feeds[feed].Queue, to));
                break;
        }
    }

    /// <summary>From now on, pulls everything and acknowledges it immediately.</summary>
    public void Drain()
    {
        _drains = true;
        for (var feed = 0; feed < Feeds.Length; feed++)
            if (world.Feeds.HasLag(Feeds[feed].Name))
                Pull(feed, 10, TimeSpan.Zero);
    }

    public void Receive(long call, Response? response)
    {
        if (!_pulls.Remove(call, out var feed) || response is not Response.Pulled pulled)
            return;
        foreach (var end in pulled.Completions)
            _held.Add((feed, new DeliveryToken(end.CompletionNumber, pulled.Epoch)));
        if (_drains && pulled.Completions.Count > 0)
            Settle(feed, 0, acknowledges: true);
    }

    private void Pull(int feed, int maxCount, TimeSpan wait)
    {
        _pulls.Add(_calls + 1, feed);
        Call(new Command.Pull(Feeds[feed].Name, Feeds[feed].Queue, maxCount) { Lease = Lease, Wait = wait });
    }

    /// <summary>Settles all or some of the deliveries that the consumer holds for a feed.</summary>
    private void Settle(int feed, int choice, bool acknowledges)
    {
        var tokens = _held
            .Where((held, i) => held.Feed == feed && (_drains || ((choice >> (i % 8)) & 1) == 0))
            .Select(held => held.Token)
            .ToList();
        if (tokens.Count == 0)
            return;
        // A consumer may settle a delivery again, for example after a lost reply.
        if (choice % 5 > 0)
            _held.RemoveAll(held => held.Feed == feed && tokens.Contains(held.Token));
        Call(new Command.Settle(Feeds[feed].Name, Feeds[feed].Queue, tokens, acknowledges));
    }

    private void Call(Command command) => world.Network.Send(new Message.Request(this, ++_calls, command));
}
