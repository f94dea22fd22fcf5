using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Headrace.Bridges.RabbitMq;

/// <summary>
/// Consumes a queue. RabbitMQ keeps a message until it is acknowledged, and delivers it again after the connection is
/// lost.
/// </summary>
internal sealed class RabbitMqSource : IMessageSource
{
    private readonly RabbitMqCalls _calls;
    private readonly IChannel _channel;
    private readonly BridgeDefinition _bridge;

    /// <summary>
    /// Messages that RabbitMQ has delivered but the pump has not taken yet. The prefetch count limits their number.
    /// </summary>
    private readonly Channel<BrokerMessage> _delivered;

    private RabbitMqSource(RabbitMqCalls calls, IChannel channel, BridgeDefinition bridge)
    {
        (_calls, _channel, _bridge) = (calls, channel, bridge);
        _delivered = Channel.CreateUnbounded<BrokerMessage>(new UnboundedChannelOptions { SingleReader = true });
    }

    public static async Task<RabbitMqSource> StartAsync(
        RabbitMqCalls calls,
        IChannel channel,
        BridgeDefinition bridge,
        CancellationToken cancellationToken
    )
    {
        var source = new RabbitMqSource(calls, channel, bridge);
        await channel.BasicQosAsync(0, (ushort)bridge.InFlight, global: false, cancellationToken);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += source.OnReceivedAsync;
        // If RabbitMQ cancels the consumer because its queue was deleted, reading ends in the same way as when the
        // channel is lost.
        consumer.UnregisteredAsync += (_, _) => source.EndAsync("the queue was deleted");
        channel.ChannelShutdownAsync += (_, end) => source.EndAsync(end.ReplyText);
        await channel.BasicConsumeAsync(bridge.From!, autoAck: false, consumer, cancellationToken);
        return source;
    }

    /// <summary>Returns nothing, because RabbitMQ itself redelivers unacknowledged messages.</summary>
    public Task<IReadOnlyList<BrokerMessage>> RecoverAsync() => Task.FromResult<IReadOnlyList<BrokerMessage>>([]);

    public async Task<IReadOnlyList<BrokerMessage>> TakeAsync(int max, CancellationToken cancellationToken)
    {
        var messages = new List<BrokerMessage>();
        await _delivered.Reader.WaitToReadAsync(cancellationToken);
        while (messages.Count < max && _delivered.Reader.TryRead(out var message))
            messages.Add(message);
        return messages;
    }

    public Task SettleAsync(IReadOnlyList<BrokerMessage> messages) =>
        _calls.RunAsync(async () =>
        {
            foreach (var message in messages)
                await _channel.BasicAckAsync(message.DeliveryTag, multiple: false);
        });

    /// <summary>
    /// Publishes the message with the reason to the dead-letter queue, and then acknowledges it. After a crash between
    /// these two steps, the message is in both queues.
    /// </summary>
    public Task RejectAsync(BrokerMessage message, string reason) =>
        _calls.RunAsync(async () =>
        {
            var properties = new BasicProperties
            {
                Persistent = true,
                MessageId = message.MessageId,
                CorrelationId = message.CorrelationId,
                ReplyTo = message.ReplyTo,
                Headers = new Dictionary<string, object?>
                {
                    ["headrace-reason"] = Encoding.UTF8.GetBytes(reason),
                    ["headrace-queue"] = Encoding.UTF8.GetBytes(_bridge.From!),
                },
            };
            await _channel.BasicPublishAsync("", _bridge.DeadLetter!, mandatory: true, properties, message.Content);
            await _channel.BasicAckAsync(message.DeliveryTag, multiple: false);
        });

    public Task<BrokerMessage> RenameAsync(BrokerMessage message) =>
        Task.FromResult(message with { Token = RandomToken() });

    /// <summary>Does nothing: RabbitMQ keeps a delivered message for this consumer while it is connected.</summary>
    public Task KeepAsync(IReadOnlyList<BrokerMessage> messages) => Task.CompletedTask;

    /// <summary>
    /// Does nothing: RabbitMQ returned the unacknowledged messages to their places when the bridge disconnected.
    /// </summary>
    public Task ReturnAsync(Func<IReadOnlyList<BrokerMessage>, Task<IReadOnlySet<string>>> findJobs) =>
        Task.CompletedTask;

    public Task<long> CountAsync() =>
        _calls.RunAsync(async () => (long)await _channel.MessageCountAsync(_bridge.From!));

    private Task OnReceivedAsync(object sender, BasicDeliverEventArgs delivery)
    {
        var properties = delivery.BasicProperties;
        var id = IdOf(properties);
        _delivered.Writer.TryWrite(
            // The body is copied, because the library reuses the memory of the body after this method returns.
            new BrokerMessage(id ?? RandomToken(), delivery.Body.ToArray())
            {
                HasOwnId = id is not null,
                MessageId = properties.MessageId,
                ReplyTo = properties.ReplyTo,
                CorrelationId = properties.CorrelationId,
                DeliveryTag = delivery.DeliveryTag,
            }
        );
        return Task.CompletedTask;
    }

    private Task EndAsync(string why)
    {
        _delivered.Writer.TryComplete(
            new BrokerException($"RabbitMQ at {_bridge.Broker} cancelled the consumer of '{_bridge.From}': {why}.")
        );
        return Task.CompletedTask;
    }

    /// <summary>
    /// Returns an id that the sender chose: the message id, or the reply-to address and correlation id; null if there
    /// is neither. A message without such an id results in two jobs if the bridge is interrupted between the submission
    /// and the acknowledgement.
    /// </summary>
    private static string? IdOf(IReadOnlyBasicProperties properties)
    {
        var text =
            properties.MessageId is { Length: > 0 } id ? $"m:{id}"
            : properties is { ReplyTo.Length: > 0, CorrelationId.Length: > 0 }
                ? $"r:{properties.ReplyTo}:{properties.CorrelationId}"
            : null;
        // The id is hashed, because an idempotency key has at most 255 visible characters.
        return text is null ? null : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    private static string RandomToken() => RandomNumberGenerator.GetHexString(32, lowercase: true);
}
