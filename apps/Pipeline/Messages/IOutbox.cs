namespace Headrace.Apps.Pipeline.Messages;

/// <summary>A queue that the program puts messages into.</summary>
internal interface IOutbox
{
    /// <summary>Puts a message into the queue, unless a message with the same key was put before.</summary>
    Task PutAsync(string key, ReadOnlyMemory<byte> json, CancellationToken cancellationToken);

    /// <summary>Removes a message that was put with this key and this text, unless it has been taken.</summary>
    Task WithdrawAsync(string key, ReadOnlyMemory<byte> json, CancellationToken cancellationToken);

    /// <summary>Forgets keys whose messages will not be put again.</summary>
    Task ForgetAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken);
}
