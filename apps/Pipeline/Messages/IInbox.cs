namespace Headrace.Apps.Pipeline.Messages;

/// <summary>
/// A queue that the program takes messages from. A message that was taken is kept until it is settled.
/// </summary>
internal interface IInbox
{
    /// <summary>Returns the messages that an interrupted program took but did not settle.</summary>
    Task<IReadOnlyList<InboxMessage>> RecoverAsync(CancellationToken cancellationToken);

    /// <summary>Waits until there is a message, and takes up to <paramref name="max"/> messages.</summary>
    Task<IReadOnlyList<InboxMessage>> TakeAsync(int max, CancellationToken cancellationToken);

    /// <summary>Removes messages that have been processed.</summary>
    Task SettleAsync(IReadOnlyList<InboxMessage> messages, CancellationToken cancellationToken);

    /// <summary>Sets a message that cannot be read aside, with the reason.</summary>
    Task RejectAsync(InboxMessage message, string reason, CancellationToken cancellationToken);

    /// <summary>Counts the messages that are not settled.</summary>
    Task<long> CountAsync(CancellationToken cancellationToken);
}

/// <summary>A message that was taken.</summary>
/// <param name="Token">Settles the message.</param>
/// <param name="Name">Identifies the message, also when it is delivered again.</param>
/// <param name="Content">The JSON of the message.</param>
internal sealed record InboxMessage(string Token, string Name, ReadOnlyMemory<byte> Content);
