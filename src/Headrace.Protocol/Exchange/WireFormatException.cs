namespace Headrace.Protocol.Exchange;

/// <summary>
/// The bytes are not a message of the contract. Reading a message throws no other exception; the text is meant for the
/// author of the sender.
/// </summary>
internal sealed class WireFormatException : Exception
{
    public WireFormatException() { }

    public WireFormatException(string message)
        : base(message) { }

    public WireFormatException(string message, Exception innerException)
        : base(message, innerException) { }
}
