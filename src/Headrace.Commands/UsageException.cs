namespace Headrace.Commands;

/// <summary>The command line is invalid. The message states the invalid value and explains how to correct it.</summary>
public sealed class UsageException(string message) : Exception(message)
{
    /// <summary>Creates an exception with several messages, each of which is written as a line.</summary>
    public UsageException(IReadOnlyList<string> messages)
        : this(string.Join(' ', messages)) => Messages = messages;

    /// <summary>Gets the messages; a single one unless the exception was created with several.</summary>
    public IReadOnlyList<string> Messages { get; } = [message];
}
