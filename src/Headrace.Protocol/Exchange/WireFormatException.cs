namespace Headrace.Protocol.Exchange;

/// <summary>
/// Bytes that are no message of the contract. The only exception that reading one throws; what it says is for whoever
/// wrote them.
/// </summary>
internal sealed class WireFormatException : Exception
{
    public WireFormatException() { }

    public WireFormatException(string message)
        : base(message) { }

    public WireFormatException(string message, Exception innerException)
        : base(message, innerException) { }
}
