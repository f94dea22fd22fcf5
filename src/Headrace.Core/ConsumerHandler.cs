using Headrace.Core.Dispatch;
using Headrace.Core.Feeds;
using Headrace.Core.Jobs;
using Headrace.Core.Messages;
using Headrace.Core.Retention;

namespace Headrace.Core;

/// <summary>Routes consumer commands to the feed and message handlers.</summary>
internal sealed class ConsumerHandler
{
    private readonly PullHandler _pullHandler;
    private readonly FeedHandler _feedHandler;
    private readonly DeliveryHandler _deliveryHandler;
    private readonly MessageHandler _messageHandler;

    public ConsumerHandler(BrokerState state, ResultRoom room, Lifecycle lifecycle, ReleaseHandler releaseHandler)
    {
        _pullHandler = new PullHandler(state);
        _feedHandler = new FeedHandler(state, room);
        _deliveryHandler = new DeliveryHandler(state, room);
        _messageHandler = new MessageHandler(state, lifecycle, releaseHandler);
    }

    public void Apply(RequestId requestId, Command.OfConsumer command, ApplyContext context)
    {
        switch (command)
        {
            case Command.Pull pull:
                _pullHandler.Apply(requestId, pull, context);
                break;
            case Command.Settle settle:
                context.Batch.Add(requestId, _deliveryHandler.Apply(settle, context));
                break;
            case Command.PullMessages or Command.SettleMessages:
                _messageHandler.Apply(requestId, command, context);
                break;
            default:
                context.Batch.Add(requestId, _feedHandler.Apply(command, context));
                break;
        }
    }

    /// <summary>Makes deliveries available again after their leases expire.</summary>
    public void ExpireLeases(ApplyContext context)
    {
        _deliveryHandler.ExpireLeases(context);
        _messageHandler.ExpireLeases(context);
    }

    /// <summary>Answers the pulls whose wait time has expired.</summary>
    public void ExpireWaits(ApplyContext context)
    {
        _pullHandler.ExpireWaits(context);
        _messageHandler.ExpireWaits(context);
    }

    public void OnCallerDisconnected(RequestId requestId) => _pullHandler.OnCallerDisconnected(requestId);
}
