namespace Headrace.Bridges;

/// <summary>
/// Where a bridge takes messages. The broker keeps a message that was taken until it is settled, and returns it again
/// after a crash of the bridge or of the broker.
/// </summary>
internal interface IMessageSource
{
    /// <summary>Returns the messages that were taken before and not settled, oldest first.</summary>
    Task<IReadOnlyList<BrokerMessage>> RecoverAsync();

    /// <summary>Waits for a message, and takes up to <paramref name="max"/> of them, oldest first.</summary>
    Task<IReadOnlyList<BrokerMessage>> TakeAsync(int max, CancellationToken cancellationToken);

    /// <summary>Removes messages whose jobs are on the server's disk.</summary>
    Task SettleAsync(IReadOnlyList<BrokerMessage> messages);

    /// <summary>Moves a message that cannot become a job to the dead letters.</summary>
    Task RejectAsync(BrokerMessage message, string reason);

    /// <summary>
    /// Gives a message a new token, because the server knows another message by its token: the broker has lost what it
    /// had acknowledged, and has used the token twice.
    /// </summary>
    Task<BrokerMessage> RenameAsync(BrokerMessage message);

    /// <summary>Counts the messages that wait to be taken.</summary>
    Task<long> CountAsync();
}
