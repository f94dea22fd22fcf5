using Headrace.Core;
using Headrace.Core.Results;
using Headrace.Core.Sweeps;
using Headrace.Protocol.Json;
using Headrace.Server.Access;
using Headrace.Server.Shards;

namespace Headrace.Server.Sweeps;

/// <summary>
/// Counts the jobs that a sweep would visit. The counts by queue, method and state are always known (R18). If the
/// filter contains any other term, jobs are read and counted until the time limit is reached.
/// </summary>
internal sealed class MatchCount(IShardRouter shards, IJobStore jobStore, TimeProvider time)
{
    private const int PageSize = 1_000;

    /// <summary>Time limit for a count, enough for about 200,000 jobs.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <summary>Time limit for one read (R25).</summary>
    private static readonly TimeSpan ReadLimit = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Counts the jobs for a caller that may change all matching jobs. If the caller is not permitted to read every
    /// job, the reply contains the number of matching jobs instead of the number of examined jobs.
    /// </summary>
    public async Task<MatchReply> CountAsync(
        JobFilter filter,
        SweepAction action,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        // Jobs enter and leave the scope while they are counted, so it is counted before and after the filter.
        var scope = ScopeOf(filter, caller);
        var before = await CountAsync(scope, action, cancellationToken);
        var reply = await CountAsync(filter, action, cancellationToken);
        var after = await CountAsync(scope, action, cancellationToken);
        var all = Math.Min(before.Matches, after.Matches);
        return reply with
        {
            All = reply.Matches > 0 && (reply.Complete ? reply.Matches >= all : await SeemsAllAsync(reply, all)),
            Examined = caller.ReadsAllJobs ? reply.Examined : reply.Matches,
        };

        // The time limit has ended the count. The filter excludes no job if it has not done so up to now, and if the
        // part of it that is always counted does not.
        async Task<bool> SeemsAllAsync(MatchReply counted, long all) =>
            counted.Matches == counted.Examined
            && await SumAsync(CountedPart(filter), action, cancellationToken) >= all;
    }

    private async Task<MatchReply> CountAsync(
        JobFilter filter,
        SweepAction action,
        CancellationToken cancellationToken
    ) =>
        IsCounted(filter)
            ? new MatchReply(await SumAsync(filter, action, cancellationToken), Complete: true, Examined: 0)
            : await ScanAsync(filter, action, cancellationToken);

    /// <summary>
    /// Selects the jobs that the caller could change with the action if the filter excluded none. A caller that may not
    /// change all jobs has to name a queue or its own jobs.
    /// </summary>
    private static JobFilter ScopeOf(JobFilter filter, Caller caller) =>
        caller.ScopeOf(Permission.CancelOthers).IsAll
            ? JobFilter.Everything
            : new JobFilter
            {
                Queue = filter.Queue,
                Owner = filter.Owner,
            };

    private static bool IsCounted(JobFilter filter) => filter == CountedPart(filter);

    private static JobFilter CountedPart(JobFilter filter) =>
        new()
        {
            Queue = filter.Queue,
            Method = filter.Method,
            State = filter.State,
        };

    private async Task<long> SumAsync(JobFilter filter, SweepAction action, CancellationToken cancellationToken)
    {
        var sum = 0L;
        await foreach (var queue in shards.ListQueuesAsync(after: null, cancellationToken))
            if (filter.Queue is null || queue.Name == filter.Queue)
                sum += queue
                    .Counts.Where(count =>
                        (filter.Method is null || count.Method == filter.Method)
                        && (filter.State is null || count.State == filter.State)
                        && action.Includes(count.State)
                    )
                    .Sum(count => count.Jobs);
        return sum;
    }

    private async Task<MatchReply> ScanAsync(JobFilter filter, SweepAction action, CancellationToken cancellationToken)
    {
        var limited = action.Limit(filter);
        var start = time.GetTimestamp();
        var (matches, examined) = (0L, 0L);
        Cursor? at = Cursor.Start;
        while (at is { } cursor && time.GetElapsedTime(start) < Limit)
        {
            var page = await jobStore.QueryAsync(
                limited,
                JobOrder.Newest,
                cursor,
                PageSize,
                ReadLimit,
                cancellationToken
            );
            matches += page.Rows.Count;
            examined += page.Examined;
            at = page.Next;
        }
        return new MatchReply(matches, Complete: at is null, examined);
    }
}
