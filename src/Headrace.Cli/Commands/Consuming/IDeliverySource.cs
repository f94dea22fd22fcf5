namespace Headrace.Cli.Commands.Consuming;

/// <summary>Where a consumer pulls from: a feed, or the messages of a queue.</summary>
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
