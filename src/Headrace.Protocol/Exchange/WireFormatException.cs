namespace Headrace.Protocol.Exchange;

/// <summary>
/// Thrown if the bytes are not a valid message of the contract. Reading a message throws no other exception. The
/// exception message is meant for the developer of the sender.
/// </summary>
internal sealed class WireFormatException : Exception
{
    public WireFormatException() { }

    public WireFormatException(string message)
        : base(message) { }

    public WireFormatException(string message, Exception innerException)
        : base(message, innerException) { }
}
