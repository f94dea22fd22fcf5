using RabbitMQ.Client;

namespace Headrace.Bridges.RabbitMq;

/// <summary>
/// Publishes results with publisher confirms: to the message's reply-to address if it has one, or else to the bridge's
/// queue or exchange. The message id consists of the job and its attempt, so that a consumer can recognize a result
/// that is published twice.
/// </summary>
/// <param name="calls">Calls RabbitMQ.</param>
/// <param name="channel">The channel for results.</param>
/// <param name="bridge">The definition of the bridge.</param>
/// <param name="confirmed">The results that RabbitMQ confirmed, kept across reconnections of the bridge.</param>
internal sealed class RabbitMqTarget(
    RabbitMqCalls calls,
    IChannel channel,
    BridgeDefinition bridge,
    ConfirmedResults confirmed
) : IResultTarget
{
    public async Task<int> PublishAsync(IReadOnlyList<OutgoingMessage> messages)
    {
        var unconfirmed = messages.Where(message => !confirmed.Contains(message.Key)).ToList();
        // RabbitMQ confirms many messages at once, so no message waits for the confirmation of the previous one.
        await Task.WhenAll(unconfirmed.Select(message => calls.RunAsync(() => PublishAsync(message))));
        return messages.Count - unconfirmed.Count;
    }

    public Task ForgetAsync(IReadOnlyList<OutgoingMessage> messages)
    {
        confirmed.Remove(messages.Select(message => message.Key));
        return Task.CompletedTask;
    }

    public Task ForgetAllAsync()
    {
        confirmed.Clear();
        return Task.CompletedTask;
    }

    private async Task PublishAsync(OutgoingMessage message)
    {
        var properties = new BasicProperties
        {
            Persistent = true,
            MessageId = message.Key,
            CorrelationId = message.CorrelationId,
            ContentType =
                bridge.Results == ResultForm.Envelope ? ContentType.Json : ContentType.Of(message.Content.Span),
        };
        var (exchange, key) =
            message.ReplyTo is { } reply ? ("", reply)
            : bridge.ToType == BrokerKeyType.Exchange ? (bridge.To!, bridge.Queue)
            : ("", bridge.To!);
        // A sender that exited without waiting for its reply no longer has a queue, so its result may be dropped.
        var mustArrive = message.ReplyTo is null;
        await channel.BasicPublishAsync(exchange, key, mustArrive, properties, message.Content);
        confirmed.Add(message.Key);
    }
}
