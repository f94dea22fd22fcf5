using Headrace.Core;

namespace Headrace.Server.Shards;

/// <summary>
/// Sends queries to the shard. The shard rejects a query only if it is unable to answer the query. While the store is
/// unavailable, it rejects queries immediately (R5).
/// </summary>
internal static class MailboxQueries
{
    /// <summary>
    /// Returns the response of the expected type. Throws <see cref="MailboxClosedException"/> for a rejection, because
    /// a rejection must never look like "does not exist".
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
                rejected.Rejection.Reason,
                rejected.Rejection.RetryAfter
            )
            {
                Kind = rejected.Rejection.Kind,
            },
            T answer => answer,
            var other => throw new InvalidOperationException(
                $"{command.GetType().Name} received the unexpected response {other.GetType().Name}."
            ),
        };
}
