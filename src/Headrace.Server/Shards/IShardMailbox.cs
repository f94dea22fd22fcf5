using Headrace.Core;

namespace Headrace.Server.Shards;

/// <summary>
/// The way into the shard for everything that serves requests: a command goes in, its answer comes out when it is
/// durable (R1).
/// </summary>
internal interface IShardMailbox
{
    /// <summary>
    /// Hands a command to the shard and waits for its answer. A caller that cancels is forgotten by the shard: a
    /// waiting command is dropped, a park ends.
    /// Throws <see cref="MailboxClosedException"/> while the server cannot take commands (starting, stopping, store
    /// trouble).
    /// </summary>
    Task<Response> SendAsync(Command command, CancellationToken cancellationToken);
}
