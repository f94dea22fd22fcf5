using Headrace.Core;
using Headrace.Server.Http;
using Headrace.Server.Shards;

namespace Headrace.Server.Feeds;

/// <summary>
/// Pulls from a feed. The shard ends the wait of a pull when something may be available, and the pull is sent again,
/// because another consumer may have been faster.
/// </summary>
internal sealed class FeedPull(IShardRouter shards, TimeProvider time)
{
    /// <param name="pull">The pull, with its whole wait.</param>
    /// <param name="cancellationToken">Ends the wait when the client disconnects.</param>
    public async Task<Result<Response.Pulled>> PullAsync(Command.Pull pull, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var shard = shards.Of(pull.Queue);
        while (true)
        {
            var left = pull.Wait - time.GetElapsedTime(started);
            var next = pull with { Wait = left > TimeSpan.Zero ? left : TimeSpan.Zero };
            switch (await shard.SendAsync(next, cancellationToken))
            {
                case Response.Pulled pulled:
                    return pulled;
                case Response.PullAgain:
                    break;
                case Response.Rejected rejected:
                    return Problem.Of(rejected.Rejection);
                case var other:
                    throw new InvalidOperationException(
                        $"A pull received the unexpected response {other.GetType().Name}."
                    );
            }
        }
    }
}
