using Headrace.Client;

namespace Headrace.Apps.Pipeline.Messages;

/// <summary>Counts the jobs of a queue.</summary>
internal static class QueueCounts
{
    /// <summary>Returns the number of unfinished jobs; 0 if the queue does not exist.</summary>
    public static async Task<long> UnfinishedAsync(
        HeadraceClient client,
        string queue,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return (await client.GetQueueAsync(queue, cancellationToken)).Jobs;
        }
        catch (HeadraceProblemException unknown) when (unknown.Status == 404)
        {
            return 0;
        }
    }
}
