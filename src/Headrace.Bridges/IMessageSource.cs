namespace Headrace.Bridges;

/// <summary>
/// The source from which a bridge takes messages. The broker keeps a taken message until it is settled, and delivers it
/// again after a crash of the bridge or the broker.
/// </summary>
internal interface IMessageSource
{
    /// <summary>Returns the messages that were taken earlier but not settled, oldest first.</summary>
    Task<IReadOnlyList<BrokerMessage>> RecoverAsync();

    /// <summary>
    /// Waits until a message is available, then takes up to <paramref name="max"/> messages, oldest first.
    /// </summary>
    Task<IReadOnlyList<BrokerMessage>> TakeAsync(int max, CancellationToken cancellationToken);

    /// <summary>Removes messages whose jobs are on the server's disk.</summary>
    Task SettleAsync(IReadOnlyList<BrokerMessage> messages);

    /// <summary>Moves a message that cannot become a job to the dead letters.</summary>
    Task RejectAsync(BrokerMessage message, string reason);

    /// <summary>
    /// Assigns a new token to a message, because the server already knows another message with the same token. This
    /// happens if the broker lost data that it had acknowledged, and then reused the token.
    /// </summary>
    Task<BrokerMessage> RenameAsync(BrokerMessage message);

    /// <summary>
    /// Called regularly while the server cannot accept messages that the bridge has taken, so that a broker which
    /// limits the time until a message is settled does not give them to another consumer.
    /// </summary>
    Task KeepAsync(IReadOnlyList<BrokerMessage> messages);

    /// <summary>
    /// Returns messages that were taken but not settled to the source, in their order and before all others, and
    /// deletes what the bridge has stored there. Called when the bridge has stopped and will not read this source
    /// again. A crash of the bridge or the broker returns either all of the messages or none.
    /// </summary>
    /// <param name="findJobs">
    /// Returns the tokens of the messages that have become jobs. These messages are settled, not returned.
    /// </param>
    Task ReturnAsync(Func<IReadOnlyList<BrokerMessage>, Task<IReadOnlySet<string>>> findJobs);

    /// <summary>Counts the messages waiting to be taken.</summary>
    Task<long> CountAsync();
}
