using Headrace.Core;

namespace Headrace.Server.Shards;

/// <summary>Sends commands to the shard. The response is returned once it is durable (R1).</summary>
internal interface IShardMailbox
{
    /// <summary>
    /// Sends a command to the shard and waits for the response. If the caller cancels, the shard drops the command,
    /// even if it is parked. Throws <see cref="MailboxClosedException"/> while the server cannot accept commands
    /// (starting, stopping, store failure).
    /// </summary>
    Task<Response> SendAsync(Command command, CancellationToken cancellationToken);
}
