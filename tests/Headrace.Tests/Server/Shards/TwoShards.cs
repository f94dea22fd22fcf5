using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Shards;

namespace Headrace.Tests.Server.Shards;

/// <summary>
/// A router over two simulated shards. Queues and workers whose names start with "b" belong to the second shard. A job
/// belongs to the shard that is specified in its id.
/// </summary>
internal sealed class TwoShards(Func<Command, Response> first, Func<Command, Response> second) : IShardRouter
{
    private readonly PlayedShard _first = new(first);
    private readonly PlayedShard _second = new(second);

    public IReadOnlyList<IShardMailbox> All => [_first, _second];

    public IShardMailbox Of(JobId job) => job.Shard == 0 ? _first : _second;

    public IShardMailbox Of(QueueName queue) => Of(queue.Text);

    public IShardMailbox Of(WorkerName worker) => Of(worker.Text);

    private PlayedShard Of(string name) => name.StartsWith('b') ? _second : _first;

    private sealed class PlayedShard(Func<Command, Response> answer) : IShardMailbox
    {
        public Task<Response> SendAsync(Command command, CancellationToken cancellationToken) =>
            Task.FromResult(answer(command));
    }
}
