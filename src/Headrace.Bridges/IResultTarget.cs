namespace Headrace.Bridges;

/// <summary>A result to publish.</summary>
/// <param name="Key">
/// The job and its attempt. A result that the feed delivers again has the same key, so the target can omit it.
/// </param>
/// <param name="Content">The bytes of the message.</param>
internal sealed record OutgoingMessage(string Key, ReadOnlyMemory<byte> Content)
{
    /// <summary>
    /// Where the sender of the message expects the result; null if the bridge decides where to send it.
    /// </summary>
    public string? ReplyTo { get; init; }

    public string? CorrelationId { get; init; }
}

/// <summary>The target to which a bridge publishes results.</summary>
internal interface IResultTarget
{
    /// <summary>
    /// Publishes messages in order, except those that were already published and have not been forgotten. Returns the
    /// number of omitted messages. When the task completes, the broker has accepted all messages.
    /// </summary>
    Task<int> PublishAsync(IReadOnlyList<OutgoingMessage> messages);

    /// <summary>Forgets messages that the feed will not deliver again, because they are acknowledged.</summary>
    Task ForgetAsync(IReadOnlyList<OutgoingMessage> messages);

    /// <summary>
    /// Forgets every message. Called while the feed has no unacknowledged deliveries. This removes what a bridge left
    /// behind if it crashed between an acknowledgement and <see cref="ForgetAsync"/>.
    /// </summary>
    Task ForgetAllAsync();
}
