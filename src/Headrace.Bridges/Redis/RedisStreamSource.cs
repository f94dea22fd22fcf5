using System.Security.Cryptography;
using StackExchange.Redis;

namespace Headrace.Bridges.Redis;

/// <summary>
/// Takes messages from a stream, as a consumer of a group. A taken entry stays in the pending list of the consumer
/// until it is settled.
/// </summary>
internal sealed class RedisStreamSource(RedisCalls redis, RedisStream stream, string deadLetters, TimeProvider time)
    : IMessageSource
{
    /// <summary>The field that contains the message if an entry has several fields.</summary>
    public const string MessageField = "message";

    /// <summary>
    /// If a consumer has neither settled its entries nor taken them again within this time, its server is assumed to be
    /// gone, and its entries are taken over. A bridge that holds messages for longer because the queue is full can lose
    /// them to another bridge in the same group.
    /// </summary>
    private const long AbandonedAfterMs = 10 * 60 * 1_000;

    private const int PendingPerCall = 1_000;

    private readonly RedisPoll _poll = new(time);

    private readonly string _keys = $"'{stream.Key}' must be a stream";

    public async Task<IReadOnlyList<BrokerMessage>> RecoverAsync()
    {
        await CreateGroupAsync();
        var messages = new List<BrokerMessage>();
        // Reads the pending entries of this consumer, page by page: any position other than > returns pending entries.
        for (var after = "0"; ;)
        {
            var page = await ReadAsync(after, PendingPerCall);
            if (page.Length == 0)
                break;
            messages.AddRange(await ToMessagesAsync(page));
            after = page[^1].Id.ToString();
        }
        var abandoned = await redis.RunAsync(
            _keys,
            database =>
                database.StreamAutoClaimAsync(
                    stream.Key,
                    stream.Group,
                    stream.Consumer,
                    AbandonedAfterMs,
                    "0-0",
                    PendingPerCall
                )
        );
        messages.AddRange(await ToMessagesAsync(abandoned.ClaimedEntries));
        return messages;
    }

    public Task<IReadOnlyList<BrokerMessage>> TakeAsync(int max, CancellationToken cancellationToken) =>
        _poll.UntilFoundAsync(
            async () => await ToMessagesAsync(await ReadAsync(StreamPosition.NewMessages, max)),
            cancellationToken
        );

    public Task SettleAsync(IReadOnlyList<BrokerMessage> messages) =>
        redis.RunAsync(
            _keys,
            database =>
                database.StreamAcknowledgeAsync(
                    stream.Key,
                    stream.Group,
                    [.. messages.Select(message => (RedisValue)EntryOf(message))]
                )
        );

    public Task RejectAsync(BrokerMessage message, string reason) =>
        RejectAsync(EntryOf(message), DeadLetter.Write(stream.Key, time.GetUtcNow(), message.Content, reason));

    /// <summary>
    /// The id of the entry cannot be changed, so the new token is valid only until the bridge stops. If the entry is
    /// taken again after that, it gets another token.
    /// </summary>
    public Task<BrokerMessage> RenameAsync(BrokerMessage message) =>
        Task.FromResult(
            message with
            {
                Token = $"{stream.Key}:{EntryOf(message)}:{RandomNumberGenerator.GetHexString(16, lowercase: true)}",
            }
        );

    public async Task<long> CountAsync()
    {
        var groups = await redis.RunAsync(_keys, database => database.StreamGroupInfoAsync(stream.Key));
        // Redis versions before 7 do not report how many entries a group has not read yet, so the length of the stream
        // is used.
        return groups.FirstOrDefault(group => group.Name == stream.Group).Lag
            ?? await redis.RunAsync(_keys, database => database.StreamLengthAsync(stream.Key));
    }

    /// <summary>Creates the group at the beginning of the stream, and the stream if it does not exist.</summary>
    private async Task CreateGroupAsync() =>
        await redis.RunAsync(
            _keys,
            async database =>
            {
                try
                {
                    return await database.StreamCreateConsumerGroupAsync(
                        stream.Key,
                        stream.Group,
                        StreamPosition.Beginning,
                        createStream: true
                    );
                }
                catch (RedisServerException exists)
                    when (exists.Message.StartsWith("BUSYGROUP", StringComparison.Ordinal))
                {
                    return false;
                }
            }
        );

    private Task<StreamEntry[]> ReadAsync(RedisValue after, int max) =>
        redis.RunAsync(
            _keys,
            database => database.StreamReadGroupAsync(stream.Key, stream.Group, stream.Consumer, after, max)
        );

    private async Task<IReadOnlyList<BrokerMessage>> ToMessagesAsync(StreamEntry[] entries)
    {
        var messages = new List<BrokerMessage>(entries.Length);
        foreach (var entry in entries)
        {
            var fields = entry.Values ?? [];
            var value =
                fields.Length == 1 ? fields[0].Value
                : fields.FirstOrDefault(field => field.Name == MessageField) is { Name.IsNull: false } named
                    ? named.Value
                : RedisValue.Null;
            if (!value.IsNull)
                messages.Add(new BrokerMessage($"{stream.Key}:{entry.Id}", (ReadOnlyMemory<byte>)value));
            else
                await RejectAsync(
                    entry.Id.ToString(),
                    DeadLetter.Write(
                        stream.Key,
                        time.GetUtcNow(),
                        default,
                        fields.Length == 0
                            ? $"The entry {entry.Id} was deleted from the stream before it was read."
                            : $"The entry {entry.Id} has {fields.Length} fields, but none with the name "
                                + $"'{MessageField}'. Put the message in that field."
                    )
                );
        }
        return messages;
    }

    private async Task RejectAsync(string entry, byte[] letter) =>
        await redis.RunAsync(
            $"'{deadLetters}' must be a list",
            database =>
                database.ScriptEvaluateAsync(
                    RedisScripts.RejectEntry,
                    [stream.Key, deadLetters],
                    [stream.Group, entry, letter]
                )
        );

    private string EntryOf(BrokerMessage message) => message.Token[(stream.Key.Length + 1)..].Split(':')[0];
}

/// <summary>A stream, and the group and consumer that a bridge uses to read it.</summary>
internal sealed record RedisStream(string Key, string Group, string Consumer);
