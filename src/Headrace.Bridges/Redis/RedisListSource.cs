using System.Globalization;
using System.Security.Cryptography;
using StackExchange.Redis;

namespace Headrace.Bridges.Redis;

/// <summary>Takes messages from the head of a list. A taken message stays in a hash until it is settled.</summary>
internal sealed class RedisListSource(
    RedisCalls redis,
    RedisKeys keys,
    string list,
    string deadLetters,
    TimeProvider time
) : IMessageSource
{
    private readonly RedisPoll _poll = new(time);

    public async Task<IReadOnlyList<BrokerMessage>> RecoverAsync()
    {
        var taken = await redis.RunAsync($"'{keys.Taken}'", database => database.HashGetAllAsync(keys.Taken));
        return
        [
            .. taken
                .Select(entry => new BrokerMessage(entry.Name.ToString(), (ReadOnlyMemory<byte>)entry.Value))
                .OrderBy(message => NumberOf(message.Token)),
        ];
    }

    public Task<IReadOnlyList<BrokerMessage>> TakeAsync(int max, CancellationToken cancellationToken) =>
        _poll.UntilFoundAsync(() => TryTakeAsync(max), cancellationToken);

    private async Task<IReadOnlyList<BrokerMessage>> TryTakeAsync(int max)
    {
        var reply = await redis.RunAsync(
            $"'{list}' must be a list",
            database =>
                database.ScriptEvaluateAsync(RedisScripts.Take, [list, keys.State, keys.Taken], [max, NewGeneration()])
        );
        var parts = (RedisValue[])reply!;
        var messages = new List<BrokerMessage>(parts.Length / 2);
        for (var i = 0; i < parts.Length; i += 2)
            messages.Add(new BrokerMessage(parts[i].ToString(), (ReadOnlyMemory<byte>)parts[i + 1]));
        return messages;
    }

    public Task SettleAsync(IReadOnlyList<BrokerMessage> messages) =>
        redis.RunAsync(
            $"'{keys.Taken}'",
            database => database.HashDeleteAsync(keys.Taken, [.. messages.Select(message => (RedisValue)message.Token)])
        );

    public Task RejectAsync(BrokerMessage message, string reason) =>
        redis.RunAsync(
            $"'{deadLetters}' must be a list",
            database =>
                database.ScriptEvaluateAsync(
                    RedisScripts.Reject,
                    [keys.Taken, deadLetters],
                    [message.Token, DeadLetter.Write(list, time.GetUtcNow(), message.Content, reason)]
                )
        );

    public async Task<BrokerMessage> RenameAsync(BrokerMessage message)
    {
        var reply = await redis.RunAsync(
            $"'{keys.Taken}'",
            database =>
                database.ScriptEvaluateAsync(
                    RedisScripts.Rename,
                    [keys.State, keys.Taken],
                    [message.Token, NewGeneration()]
                )
        );
        return reply.IsNull ? message : message with { Token = reply.ToString() };
    }

    /// <summary>Does nothing: the hash keeps a taken message until the bridge settles it.</summary>
    public Task KeepAsync(IReadOnlyList<BrokerMessage> messages) => Task.CompletedTask;

    public async Task ReturnAsync(Func<IReadOnlyList<BrokerMessage>, Task<IReadOnlySet<string>>> findJobs)
    {
        var taken = await RecoverAsync();
        var accepted = await findJobs(taken);
        await redis.RunAsync(
            $"'{list}' must be a list",
            database =>
                database.ScriptEvaluateAsync(
                    RedisScripts.Return,
                    [list, keys.State, keys.Taken],
                    [
                        .. taken
                            .Where(message => !accepted.Contains(message.Token))
                            .Select(message => (RedisValue)message.Token),
                    ]
                )
        );
    }

    public Task<long> CountAsync() =>
        redis.RunAsync($"'{list}' must be a list", database => database.ListLengthAsync(list));

    /// <summary>Returns 64 random bits, so that no generation occurs twice, even after Redis has lost data.</summary>
    private static string NewGeneration() => RandomNumberGenerator.GetHexString(16, lowercase: true);

    private static long NumberOf(string token) =>
        long.TryParse(token.AsSpan(token.LastIndexOf('-') + 1), CultureInfo.InvariantCulture, out var number)
            ? number
            : 0;
}
