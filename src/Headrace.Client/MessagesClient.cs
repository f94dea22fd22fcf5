using Headrace.Protocol.Json;

namespace Headrace.Client;

/// <summary>
/// Consumes messages, which are jobs of the method <c>message</c> that no worker runs. To put a message into a queue,
/// submit such a job. Get an instance from <see cref="HeadraceClient.Messages"/>.
/// </summary>
/// <remarks>Calls require the submitter and viewer roles for the queue.</remarks>
public sealed class MessagesClient
{
    /// <summary>The name of the method that all messages use.</summary>
    public const string Method = "message";

    private readonly RetryingTransport _transport;

    internal MessagesClient(RetryingTransport transport) => _transport = transport;

    /// <summary>
    /// Pulls the next messages in a queue. Acknowledge each of them before its lease ends; otherwise, it is delivered
    /// again.
    /// </summary>
    /// <param name="queue">The name of the queue.</param>
    /// <param name="top">The maximum number of messages, 1 to 1,000; null for 1.</param>
    /// <param name="wait">How long to wait if no message is available, at most 30 s.</param>
    /// <param name="lease">How long the messages are withheld from other clients, 1 s to 1 h; null for 60 s.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<MessagesReply> PullAsync(
        string queue,
        int? top = null,
        TimeSpan wait = default,
        TimeSpan? lease = null,
        CancellationToken cancellationToken = default
    ) => Of(queue).PullAsync(top, wait, lease, HeadraceJson.Default.MessagesReply, cancellationToken);

    /// <summary>Acknowledges messages that have been processed, so that they end as succeeded.</summary>
    /// <param name="queue">The name of the queue.</param>
    /// <param name="tokens">The tokens of the messages.</param>
    /// <param name="cancellationToken">
    /// Cancels the call. Some messages may already have been acknowledged by then.
    /// </param>
    public Task<AcknowledgedReply> AcknowledgeAsync(
        string queue,
        IEnumerable<string> tokens,
        CancellationToken cancellationToken = default
    ) => Of(queue).AcknowledgeAsync(tokens, cancellationToken);

    /// <summary>Releases messages, so that other clients receive them at once instead of when the lease ends.</summary>
    /// <param name="queue">The name of the queue.</param>
    /// <param name="tokens">The tokens of the messages.</param>
    /// <param name="cancellationToken">Cancels the call. Some messages may already have been released by then.</param>
    public Task<ReleasedReply> ReleaseAsync(
        string queue,
        IEnumerable<string> tokens,
        CancellationToken cancellationToken = default
    ) => Of(queue).ReleaseAsync(tokens, cancellationToken);

    private Consumption Of(string queue) => new(_transport, PathOf(queue));

    private static string PathOf(string queue)
    {
        ArgumentException.ThrowIfNullOrEmpty(queue);
        return $"v1/queues/{Uri.EscapeDataString(queue)}/messages";
    }
}
