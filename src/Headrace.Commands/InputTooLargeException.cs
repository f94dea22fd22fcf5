namespace Headrace.Commands;

/// <summary>
/// The input exceeds a limit of the server, so it is not sent. The exit code is that of the server's own rejection.
/// </summary>
public sealed class InputTooLargeException(string message) : Exception(message);
