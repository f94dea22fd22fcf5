using Headrace.Core;

namespace Headrace.Server.Hosting;

/// <summary>
/// The way into the shard for everything that serves requests: a command goes in, its answer comes out when it is
/// durable (R1).
/// </summary>
internal interface IShardDoor
{
    /// <summary>
    /// Hands a command to the shard and waits for its answer. A caller that cancels is forgotten by the shard: a
    /// waiting command is dropped, a park ends.
    /// Throws <see cref="DoorClosedException"/> while the server cannot take commands (starting, stopping, store
    /// trouble).
    /// </summary>
    Task<Answer> AskAsync(Command command, CancellationToken cancellationToken);
}

/// <summary>No command can be taken now; the message says why, and when to come back if that is known.</summary>
internal sealed class DoorClosedException(string message, TimeSpan? retryAfter = null) : HeadraceException(message)
{
    public TimeSpan? RetryAfter { get; } = retryAfter;

    public RefusalKind Kind { get; init; } = RefusalKind.Unavailable;

    public override bool IsTransient => true;
}
