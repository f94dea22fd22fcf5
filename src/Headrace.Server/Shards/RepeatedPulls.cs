using Headrace.Core;

namespace Headrace.Server.Shards;

/// <summary>
/// Sends pull commands that wait. The shard ends the wait when something may be available, and this class then sends
/// the pull again. If another consumer was faster, the new pull continues to wait.
/// </summary>
internal static class RepeatedPulls
{
    /// <param name="shard">The shard that receives the pull.</param>
    /// <param name="pull">Creates the command that waits for the given time.</param>
    /// <param name="wait">The total wait.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the wait when the client disconnects.</param>
    public static async Task<Response> PullAsync(
        this IShardMailbox shard,
        Func<TimeSpan, Command> pull,
        TimeSpan wait,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var left = wait - time.GetElapsedTime(started);
            var command = pull(left > TimeSpan.Zero ? left : TimeSpan.Zero);
            if (await shard.SendAsync(command, cancellationToken) is not Response.PullAgain and var response)
                return response;
        }
    }
}
