using System.Text;
using RabbitMQ.Client;

namespace Headrace.Bridges.RabbitMq;

/// <summary>
/// Publishes results with confirms: to the address that the sender of the message expects, otherwise to the queue or
/// exchange of the bridge. The message id is the job and its attempt, so that a consumer can recognise a result that is
/// published twice.
/// </summary>
internal sealed class RabbitMqTarget(RabbitMqCalls calls, IChannel channel, BridgeDefinition bridge) : IResultTarget
{
    public async Task<int> PublishAsync(IReadOnlyList<OutgoingMessage> messages)
    {
        // RabbitMQ confirms many messages at once, so none waits for the confirmation of the previous one.
        await Task.WhenAll(messages.Select(message => calls.RunAsync(() => PublishAsync(message))));
        return 0;
    }

    /// <summary>RabbitMQ does not remember what was published.</summary>
    public Task ForgetAsync(IReadOnlyList<OutgoingMessage> messages) => Task.CompletedTask;

    public Task ForgetAllAsync() => Task.CompletedTask;

    private async Task PublishAsync(OutgoingMessage message)
    {
        var properties = new BasicProperties
        {
            Persistent = true,
            MessageId = message.Key,
            CorrelationId = message.CorrelationId,
            ContentType = bridge.Results == ResultForm.Envelope ? ContentType.Json : ContentType.Of(message.Content.Span),
        };
        if (message.ReplyTo is { } reply)
            // The sender may have ended without waiting for its reply. It then has no queue, and nobody misses the result.
            await channel.BasicPublishAsync("", reply, mandatory: false, properties, message.Content);
        else if (bridge.ToType == BrokerKeyType.Exchange)
            await channel.BasicPublishAsync(bridge.To!, bridge.Queue, mandatory: true, properties, message.Content);
        else
            await channel.BasicPublishAsync("", bridge.To!, mandatory: true, properties, message.Content);
    }
}
