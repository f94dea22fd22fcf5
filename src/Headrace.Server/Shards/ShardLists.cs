using Headrace.Core;

namespace Headrace.Server.Shards;

/// <summary>
/// Lists that combine all shards. If one shard cannot answer, the whole list fails, because a partial list would look
/// complete.
/// </summary>
internal static class ShardLists
{
    public static async Task<IReadOnlyList<QueueView>> ListQueuesAsync(
        this IShardRouter shards,
        CancellationToken cancellationToken
    ) => Joined(await AskAllAsync<Response.Queues>(shards, new Command.ListQueues(), cancellationToken), a => a.Items);

    public static async Task<IReadOnlyList<WorkerView>> ListWorkersAsync(
        this IShardRouter shards,
        CancellationToken cancellationToken
    ) =>
        Joined(await AskAllAsync<Response.Workers>(shards, new Command.ListWorkers(), cancellationToken), a => a.Items);

    /// <summary>Lists each method version once, with the number of its workers in all shards.</summary>
    public static async Task<IReadOnlyList<MethodView>> ListMethodsAsync(
        this IShardRouter shards,
        CancellationToken cancellationToken
    )
    {
        var answers = await AskAllAsync<Response.Methods>(shards, new Command.ListMethods(), cancellationToken);
        if (answers is [var only])
            return only.Items;
        return
        [
            .. answers
                .SelectMany(answer => answer.Items)
                .GroupBy(method => (method.Name, method.Version))
                .Select(same =>
                    same.First() with
                    {
                        Workers = same.Sum(method => method.Workers),
                        RuntimeInfo = [.. same.SelectMany(method => method.RuntimeInfo).Distinct()],
                    }
                ),
        ];
    }

    /// <summary>
    /// Lists the lanes of all shards. If any shard has paused the assignment of jobs, the result contains the reason.
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

    private static Task<T[]> AskAllAsync<T>(IShardRouter shards, Command command, CancellationToken cancellationToken)
        where T : Response => Task.WhenAll(shards.All.Select(shard => shard.QueryAsync<T>(command, cancellationToken)));

    private static IReadOnlyList<TItem> Joined<T, TItem>(T[] answers, Func<T, IReadOnlyList<TItem>> items) =>
        answers is [var only] ? items(only) : [.. answers.SelectMany(items)];
}
