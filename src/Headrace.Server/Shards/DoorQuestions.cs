using Headrace.Core;

namespace Headrace.Server.Shards;

/// <summary>
/// Questions to the shard that it refuses only when it can answer nothing: while the store is in trouble, callers are
/// sent away at once (R5).
/// </summary>
internal static class DoorQuestions
{
    /// <summary>
    /// The answer, of the kind that belongs to the question. A refusal is a closed door: it must never look like "there
    /// is no such thing".
    /// </summary>
    public static async Task<T> AskForAsync<T>(
        this IShardDoor door,
        Command command,
        CancellationToken cancellationToken
    )
        where T : Answer =>
        await door.AskAsync(command, cancellationToken) switch
        {
            Answer.Refused refused => throw new DoorClosedException(refused.Refusal.Detail, refused.Refusal.RetryAfter)
            {
                Kind = refused.Refusal.Kind,
            },
            T answer => answer,
            var other => throw new InvalidOperationException(
                $"{command.GetType().Name} was answered {other.GetType().Name}."
            ),
        };
}
