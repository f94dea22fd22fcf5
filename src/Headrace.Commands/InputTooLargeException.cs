namespace Headrace.Commands;

/// <summary>
/// The input exceeds a limit of the server, so it is not sent. The exit code is the same as if the server had rejected
/// the input.
/// </summary>
public sealed class InputTooLargeException(string message) : Exception(message);
