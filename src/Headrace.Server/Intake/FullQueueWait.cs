using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Shards;

namespace Headrace.Server.Intake;

/// <summary>
/// If the queue settings allow it, lets jobs that were rejected because the queue is full wait for a free place. Places
/// are not reserved: whenever one becomes free, the jobs are submitted again, until all of them are accepted or the
/// wait time has expired.
/// </summary>
internal sealed class FullQueueWait(TimeProvider time)
{
    /// <summary>Returns whether a job was rejected because its queue is full, but may wait for a free place.</summary>
    public static bool MayHelp(IReadOnlyList<SubmitResult> results) => FindWaiting(results) is not null;

    /// <summary>Lets the rejected jobs wait, and submits them again.</summary>
    /// <param name="shard">The shard of the jobs.</param>
    /// <param name="jobs">The submitted jobs.</param>
    /// <param name="results">The results of the submission, one per job.</param>
    /// <param name="submitAsync">Submits jobs again.</param>
    /// <param name="cancellationToken">Ends the wait when the caller disconnects.</param>
    /// <returns>The results after the wait, one per job.</returns>
    public async Task<IReadOnlyList<SubmitResult>> RunAsync(
        IShardMailbox shard,
        IReadOnlyList<NewJob> jobs,
        IReadOnlyList<SubmitResult> results,
        Func<IReadOnlyList<NewJob>, Task<IReadOnlyList<SubmitResult>>> submitAsync,
        CancellationToken cancellationToken
    )
    {
        var started = time.GetTimestamp();
        SubmitResult[]? final = null;
        while (FindWaiting(final ?? results) is { Count: > 0 } waiting)
        {
            final ??= [.. results];
            var first = waiting[0];
            var left = final[first].Rejection!.MayWait - time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero)
                break;
            var spec = jobs[first].Spec;
            await shard.QueryAsync<Response.Acknowledged>(
                new Command.AwaitPlace(spec.Queue, spec.InputBytes, left),
                cancellationToken
            );
            var again = await submitAsync([.. waiting.Select(index => jobs[index])]);
            foreach (var (index, result) in waiting.Zip(again))
                final[index] = result;
        }
        return final ?? results;
    }

    private static List<int>? FindWaiting(IReadOnlyList<SubmitResult> results)
    {
        List<int>? waiting = null;
        for (var i = 0; i < results.Count; i++)
            if (results[i].Rejection is { } rejection && rejection.MayWait > TimeSpan.Zero)
                (waiting ??= []).Add(i);
        return waiting;
    }
}
