using System.Collections.Concurrent;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Shards;

namespace Headrace.Tests.Server.Shards;

/// <summary>
/// A router whose shards throw an unexpected exception for the commands that the test selects. These commands do not
/// reach the shard.
/// </summary>
internal sealed class FaultyRouter(IShardRouter inner) : IShardRouter
{
    /// <summary>The value quoted in the exception's message. Many libraries quote values in this way.</summary>
    public static readonly string Quoted = $"secret-{new string('7', 100_000)}";

    private readonly ConcurrentDictionary<IShardMailbox, IShardMailbox> _shards = [];
    private int _failures;

    /// <summary>Selects the commands that fail; null if none does.</summary>
    public volatile Func<Command, bool>? Fails;

    /// <summary>The number of commands that have failed.</summary>
    public int Failures => Volatile.Read(ref _failures);

    public IReadOnlyList<IShardMailbox> All => [.. inner.All.Select(Wrap)];

    public IShardMailbox Of(JobId job) => Wrap(inner.Of(job));

    public IShardMailbox Of(QueueName queue) => Wrap(inner.Of(queue));

    public IShardMailbox Of(WorkerName worker) => Wrap(inner.Of(worker));

    private IShardMailbox Wrap(IShardMailbox shard) => _shards.GetOrAdd(shard, one => new FaultyMailbox(this, one));

    private sealed class FaultyMailbox(FaultyRouter router, IShardMailbox shard) : IShardMailbox
    {
        public Task<Response> SendAsync(Command command, CancellationToken cancellationToken)
        {
            if (router.Fails?.Invoke(command) != true)
                return shard.SendAsync(command, cancellationToken);
            Interlocked.Increment(ref router._failures);
            throw new FormatException($"The input string '{Quoted}' was not in a correct format.");
        }
    }
}
