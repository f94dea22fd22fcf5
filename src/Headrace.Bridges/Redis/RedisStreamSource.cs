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
    /// gone, and its entries are taken over.
    /// </summary>
    private const long AbandonedAfterMs = 10 * 60 * 1_000;

    private const int PendingPerCall = 1_000;

    private const string FirstEntry = "0-0";

    /// <summary>The pause between two searches of the pending entries for abandoned ones.</summary>
    private static readonly TimeSpan SearchInterval = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How often the entries that the bridge holds are taken again, so that no other bridge considers them abandoned.
    /// </summary>
    private static readonly TimeSpan KeepInterval = TimeSpan.FromMinutes(1);

    private readonly RedisPoll _poll = new(time);

    /// <summary>The entry at which the search for abandoned entries continues.</summary>
    private RedisValue _searchFrom = FirstEntry;

    /// <summary>When the latest search ended; null before the first one.</summary>
    private long? _searchedAt;

    private long _keptAt = time.GetTimestamp();

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
        return messages;
    }

    /// <summary>Takes abandoned entries, which are older, before new ones.</summary>
    public Task<IReadOnlyList<BrokerMessage>> TakeAsync(int max, CancellationToken cancellationToken) =>
        _poll.UntilFoundAsync(
            async () =>
                await TakeAbandonedAsync(max) is { Count: > 0 } abandoned
                    ? abandoned
                    : await ToMessagesAsync(await ReadAsync(StreamPosition.NewMessages, max)),
            cancellationToken
        );

    /// <summary>
    /// Continues the search for abandoned entries until it finds some, or has passed all pending entries. The bridge
    /// holds no entry of its own at this point, so all the entries found belong to other consumers.
    /// </summary>
    private async Task<IReadOnlyList<BrokerMessage>> TakeAbandonedAsync(int max)
    {
        if (_searchedAt is { } ended && time.GetElapsedTime(ended) < SearchInterval)
            return [];
        _searchedAt = null;
        while (true)
        {
            var from = _searchFrom;
            var found = await redis.RunAsync(
                _keys,
                database =>
                    database.StreamAutoClaimAsync(
                        stream.Key,
                        stream.Group,
                        stream.Consumer,
                        AbandonedAfterMs,
                        from,
                        max
                    )
            );
            _searchFrom = found.NextStartId;
            var hasEnded = _searchFrom == FirstEntry;
            if (hasEnded)
                _searchedAt = time.GetTimestamp();
            var messages = await ToMessagesAsync(found.ClaimedEntries);
            if (hasEnded || messages.Count > 0)
                return messages;
        }
    }

    public async Task KeepAsync(IReadOnlyList<BrokerMessage> messages)
    {
        if (time.GetElapsedTime(_keptAt) < KeepInterval)
            return;
        await redis.RunAsync(
            _keys,
            database =>
                database.StreamClaimIdsOnlyAsync(
                    stream.Key,
                    stream.Group,
                    stream.Consumer,
                    minIdleTimeInMs: 0,
                    [.. messages.Select(message => (RedisValue)EntryOf(message))]
                )
        );
        _keptAt = time.GetTimestamp();
    }

    /// <summary>
    /// Does nothing: the entries stay pending in the group, whose other consumers take them over when they are
    /// abandoned.
    /// </summary>
    public Task ReturnAsync(Func<IReadOnlyList<BrokerMessage>, Task<IReadOnlySet<string>>> findJobs) =>
        Task.CompletedTask;

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

    /// <summary>
    /// Counts the entries that the group has not read yet, and those that are pending at other consumers, because they
    /// may become abandoned. Entries pending at this consumer are in flight.
    /// </summary>
    public async Task<long> CountAsync()
    {
        var groups = await redis.RunAsync(_keys, database => database.StreamGroupInfoAsync(stream.Key));
        var group = groups.FirstOrDefault(group => group.Name == stream.Group);
        // Redis versions before 7 do not report how many entries a group has not read yet, so the length of the stream
        // is used.
        if (group.Lag is not { } lag)
            return await redis.RunAsync(_keys, database => database.StreamLengthAsync(stream.Key));
        if (group.PendingMessageCount == 0)
            return lag;
        var consumers = await redis.RunAsync(
            _keys,
            database => database.StreamConsumerInfoAsync(stream.Key, stream.Group)
        );
        return lag + consumers.Where(other => other.Name != stream.Consumer).Sum(other => other.PendingMessageCount);
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
