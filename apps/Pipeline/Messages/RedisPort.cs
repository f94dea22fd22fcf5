using Headrace.Bridges;
using Headrace.Bridges.Redis;

namespace Headrace.Apps.Pipeline.Messages;

/// <summary>
/// Lists of a Redis server, with the parts of a bridge: a message that was taken stays in a hash until it is settled,
/// and a message is put only once for each key.
/// </summary>
internal sealed class RedisPort : IMessagePort, IInbox, IOutbox
{
    private readonly IBroker _broker;
    private readonly RedisAddress _redis;
    private readonly string _to;

    private RedisPort(IBroker broker, RedisAddress redis, string to) => (_broker, _redis, _to) = (broker, redis, to);

    public IInbox Inbox => this;

    public IOutbox Outbox => this;

    public MessageForm Form => MessageForm.Redis;

    /// <summary>Why Redis may lose messages, for the operator.</summary>
    public IReadOnlyList<string> Warnings => _broker.Warnings;

    /// <summary>Connects to Redis.</summary>
    /// <param name="redis">The server.</param>
    /// <param name="run">The identity of the run, under which Redis keeps the messages that it has taken.</param>
    /// <param name="from">The list that the program takes messages from.</param>
    /// <param name="to">The list that the program puts messages into.</param>
    /// <param name="cancellationToken">Cancels the connection.</param>
    /// <exception cref="RedisUnavailableException">Redis cannot be used.</exception>
    public static async Task<RedisPort> ConnectAsync(
        RedisAddress redis,
        string run,
        string from,
        string to,
        CancellationToken cancellationToken
    )
    {
        var bridge = redis.Bridge("pipeline") with { From = from, DeadLetter = $"{from}.dead", To = to };
        try
        {
            return new RedisPort(
                await new RedisConnector(TimeProvider.System).ConnectAsync(bridge, run, cancellationToken),
                redis,
                to
            );
        }
        catch (BrokerException failure)
        {
            throw new RedisUnavailableException(failure.Message, failure);
        }
    }

    public Task<IReadOnlyList<InboxMessage>> RecoverAsync(CancellationToken cancellationToken) =>
        TranslateAsync(async () => Of(await _broker.Source!.RecoverAsync()));

    public Task<IReadOnlyList<InboxMessage>> TakeAsync(int max, CancellationToken cancellationToken) =>
        TranslateAsync(async () => Of(await _broker.Source!.TakeAsync(max, cancellationToken)));

    public Task SettleAsync(IReadOnlyList<InboxMessage> messages, CancellationToken cancellationToken) =>
        TranslateAsync(async () =>
        {
            await _broker.Source!.SettleAsync([.. messages.Select(Taken)]);
            return true;
        });

    public Task RejectAsync(InboxMessage message, string reason, CancellationToken cancellationToken) =>
        TranslateAsync(async () =>
        {
            await _broker.Source!.RejectAsync(Taken(message), reason);
            return true;
        });

    public Task<long> CountAsync(CancellationToken cancellationToken) =>
        // The list first: a message that is taken in between is counted twice rather than not at all.
        TranslateAsync(async () =>
            await _broker.Source!.CountAsync() + (await _broker.Source.RecoverAsync()).Count
        );

    public Task PutAsync(string key, ReadOnlyMemory<byte> json, CancellationToken cancellationToken) =>
        TranslateAsync(() => _broker.Target!.PublishAsync([new OutgoingMessage(key, json)]));

    public async Task WithdrawAsync(string key, ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        await using var list = await RedisList.ConnectAsync(_redis, _to, cancellationToken);
        await list.RemoveAsync(json);
    }

    public Task ForgetAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        TranslateAsync(async () =>
        {
            await _broker.Target!.ForgetAsync([.. keys.Select(key => new OutgoingMessage(key, default))]);
            return true;
        });

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    private static IReadOnlyList<InboxMessage> Of(IReadOnlyList<BrokerMessage> messages) =>
        [.. messages.Select(message => new InboxMessage(message.Token, message.Token, message.Content))];

    private static BrokerMessage Taken(InboxMessage message) => new(message.Token, message.Content);

    private static async Task<T> TranslateAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (BrokerException failure)
        {
            throw new RedisUnavailableException(failure.Message, failure);
        }
    }
}
