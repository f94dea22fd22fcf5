using Headrace.Client;
using Headrace.Core;

namespace Headrace.Cli.Commands;

/// <summary>
/// Finds queue names that may be misspelt. Any valid name is accepted, because its first use creates the queue.
/// </summary>
internal static class QueueNames
{
    /// <summary>
    /// Returns a note if the server has no queue of this name, but one of a similar name; otherwise null, also if the
    /// caller may not list the queues.
    /// </summary>
    public static async Task<string?> MisspeltAsync(
        HeadraceClient client,
        string queue,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var names = (await client.ListQueuesAsync(cancellationToken)).Select(each => each.Name).ToList();
            if (names.Count == 0 || names.Contains(queue))
                return null;
            return EditDistance.Similar(queue, names) is { } similar
                ? $"No queue was named '{queue}' before. Did you mean '{similar}'?"
                : null;
        }
        catch (HeadraceProblemException)
        {
            return null;
        }
    }
}
