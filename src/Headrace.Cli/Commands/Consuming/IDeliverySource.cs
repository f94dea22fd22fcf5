namespace Headrace.Cli.Commands.Consuming;

/// <summary>A source of deliveries: a feed, or the messages in a queue.</summary>
internal interface IDeliverySource
{
    Task<IReadOnlyList<Delivery>> PullAsync(
        int top,
        TimeSpan wait,
        TimeSpan? lease,
        CancellationToken cancellationToken
    );

    Task AcknowledgeAsync(string token, CancellationToken cancellationToken);

    Task ReleaseAsync(IReadOnlyList<string> tokens, CancellationToken cancellationToken);
}
