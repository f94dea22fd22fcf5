using Headrace.Core;

namespace Headrace.Server.Shards;

/// <summary>
/// Questions to the shard that it refuses only when it can answer nothing: while the store is in trouble, callers are
/// sent away at once (R5).
/// </summary>
internal static class MailboxQueries
{
    /// <summary>
    /// The answer, of the kind that belongs to the question. A refusal is a closed door: it must never look like "there
    /// is no such thing".
    /// </summary>
    public static async Task<T> QueryAsync<T>(
        this IShardMailbox door,
        Command command,
        CancellationToken cancellationToken
    )
        where T : Response =>
        await door.SendAsync(command, cancellationToken) switch
        {
            Response.Rejected rejected => throw new MailboxClosedException(
                rejected.Rejection.Detail,
                rejected.Rejection.RetryAfter
            )
            {
                Kind = rejected.Rejection.Kind,
            },
            T answer => answer,
            var other => throw new InvalidOperationException(
                $"{command.GetType().Name} was answered {other.GetType().Name}."
            ),
        };
}
