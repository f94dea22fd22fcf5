using System.Runtime.CompilerServices;
using Headrace.Core;
using Headrace.Core.Feeds;

namespace Headrace.Server.Shards;

/// <summary>
/// Lists that combine all shards. If one shard cannot answer, the whole list fails, because a partial list would look
/// complete.
/// </summary>
internal static class ShardLists
{
    /// <summary>
    /// Lists the queues by name, starting after a given queue or at the first one. Each command returns only part of
    /// the list, and the next part is requested when the caller needs it, so a long list does not delay other commands.
    /// </summary>
    public static IAsyncEnumerable<QueueView> ListQueuesAsync(
        this IShardRouter shards,
        string? after,
        CancellationToken cancellationToken
    ) =>
        ListAsync<Response.Queues, QueueView>(
            shards,
            after,
            range => new Command.ListQueues(range),
            part => (part.Items, part.IsLast),
            queue => queue.Name.Text,
            Comparer<QueueView>.Create((a, b) => string.CompareOrdinal(a.Name.Text, b.Name.Text)),
            cancellationToken
        );

    /// <summary>Lists the space that the ended jobs in each queue occupy, ordered by queue name.</summary>
    public static IAsyncEnumerable<HistoryView> ListHistoryAsync(
        this IShardRouter shards,
        string? after,
        CancellationToken cancellationToken
    ) =>
        ListAsync<Response.HistoryList, HistoryView>(
            shards,
            after,
            range => new Command.ListHistory(range),
            part => (part.Items, part.IsLast),
            history => history.Queue.Text,
            Comparer<HistoryView>.Create((a, b) => string.CompareOrdinal(a.Queue.Text, b.Queue.Text)),
            cancellationToken
        );

    public static async Task<QueueView?> FindQueueAsync(
        this IShardRouter shards,
        QueueName queue,
        CancellationToken cancellationToken
    )
    {
        var answer = await shards.Of(queue).QueryAsync<Response.Queues>(new Command.GetQueue(queue), cancellationToken);
        return answer.Items.SingleOrDefault();
    }

    /// <summary>Lists the feeds by name.</summary>
    public static IAsyncEnumerable<FeedView> ListFeedsAsync(
        this IShardRouter shards,
        string? after,
        CancellationToken cancellationToken
    ) =>
        ListAsync<Response.Feeds, FeedView>(
            shards,
            after,
            range => new Command.ListFeeds(range),
            part => (part.Items, part.IsLast),
            feed => feed.Feed.Name.Text,
            Comparer<FeedView>.Create((a, b) => string.CompareOrdinal(a.Feed.Name.Text, b.Feed.Name.Text)),
            cancellationToken
        );

    /// <summary>Returns the feed, which is in the shard of its queue; null if there is none.</summary>
    public static async Task<FeedView?> FindFeedAsync(
        this IShardRouter shards,
        FeedName feed,
        CancellationToken cancellationToken
    ) =>
        Joined(
                await AskAllAsync<Response.Feeds>(shards, new Command.GetFeed(feed), cancellationToken),
                answer => answer.Items
            )
            .SingleOrDefault();

    public static async Task<IReadOnlyList<WorkerView>> ListWorkersAsync(
        this IShardRouter shards,
        CancellationToken cancellationToken
    ) =>
        Joined(await AskAllAsync<Response.Workers>(shards, new Command.ListWorkers(), cancellationToken), a => a.Items);

    /// <summary>
    /// Lists each method version once, by name and version, with the number of its workers in all shards. As with the
    /// list of queues, parts of the list are requested when they are needed.
    /// </summary>
    public static async IAsyncEnumerable<MethodView> ListMethodsAsync(
        this IShardRouter shards,
        string? after,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var methods = ListAsync<Response.Methods, MethodView>(
            shards,
            after,
            range => new Command.ListMethods(range),
            part => (part.Items, part.IsLast),
            method => new MethodRef(method.Name, method.Version).ToString(),
            ByNameAndVersion,
            cancellationToken
        );
        MethodView? last = null;
        await foreach (var method in methods)
        {
            if (last is not null && ByNameAndVersion.Compare(last, method) == 0)
            {
                last = Combine(last, method);
                continue;
            }
            if (last is not null)
                yield return last;
            last = method;
        }
        if (last is not null)
            yield return last;
    }

    /// <summary>Returns the versions of a method, each with the number of its workers in all shards.</summary>
    public static async Task<IReadOnlyList<MethodView>> FindMethodAsync(
        this IShardRouter shards,
        MethodName method,
        CancellationToken cancellationToken
    )
    {
        var answers = await AskAllAsync<Response.Methods>(shards, new Command.GetMethod(method), cancellationToken);
        return
        [
            .. Joined(answers, answer => answer.Items)
                .GroupBy(view => view.Version)
                .OrderBy(same => same.Key)
                .Select(same => same.Aggregate(Combine)),
        ];
    }

    /// <summary>
    /// Lists the lanes of all shards. If a shard has paused the assignment of jobs, the result contains the reason.
    /// </summary>
    public static async Task<Response.Demand> ListDemandAsync(
        this IShardRouter shards,
        CancellationToken cancellationToken
    )
    {
        var answers = await AskAllAsync<Response.Demand>(shards, new Command.ListDemand(), cancellationToken);
        return new Response.Demand(
            Joined(answers, answer => answer.Lanes),
            answers.Select(answer => answer.PausedReason).FirstOrDefault(held => held is not null)
        );
    }

    private static readonly Comparer<MethodView> ByNameAndVersion = Comparer<MethodView>.Create(
        (a, b) => a.Name == b.Name ? a.Version.CompareTo(b.Version) : string.CompareOrdinal(a.Name.Text, b.Name.Text)
    );

    private static MethodView Combine(MethodView a, MethodView b) =>
        a with
        {
            Workers = a.Workers + b.Workers,
            RuntimeInfo = [.. a.RuntimeInfo.Union(b.RuntimeInfo)],
            Unavailable = [.. a.Unavailable.Union(b.Unavailable)],
        };

    /// <summary>
    /// Merges the ordered lists of all shards. An entry that sorts after the end of another shard's part is held back
    /// until the next part of that shard arrives, because that part may contain earlier entries.
    /// </summary>
    private static async IAsyncEnumerable<TItem> ListAsync<T, TItem>(
        IShardRouter shards,
        string? after,
        Func<ListRange, Command> command,
        Func<T, (IReadOnlyList<TItem> Items, bool IsLast)> partOf,
        Func<TItem, string> nameOf,
        Comparer<TItem> order,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
        where T : Response
    {
        while (true)
        {
            var answers = await AskAllAsync<T>(shards, command(new ListRange(after)), cancellationToken);
            var parts = answers.Select(partOf).ToList();
            // The list of a single shard is already in order, and a server with many queues is scraped often.
            if (parts is [var only])
            {
                foreach (var item in only.Items)
                    yield return item;
                if (only.IsLast)
                    yield break;
                after = nameOf(only.Items[^1]);
                continue;
            }
            var ends = parts.Where(part => !part.IsLast).Select(part => part.Items[^1]).Order(order).ToList();
            foreach (var item in parts.SelectMany(part => part.Items).Order(order))
                if (ends.Count == 0 || order.Compare(item, ends[0]) <= 0)
                    yield return item;
            if (ends.Count == 0)
                yield break;
            after = nameOf(ends[0]);
        }
    }

    private static Task<T[]> AskAllAsync<T>(IShardRouter shards, Command command, CancellationToken cancellationToken)
        where T : Response => Task.WhenAll(shards.All.Select(shard => shard.QueryAsync<T>(command, cancellationToken)));

    private static IReadOnlyList<TItem> Joined<T, TItem>(T[] answers, Func<T, IReadOnlyList<TItem>> items) =>
        answers is [var only] ? items(only) : [.. answers.SelectMany(items)];
}
