namespace Headrace.Commands;

/// <summary>The command line cannot be acted on; the message says what was given and what to give instead.</summary>
public sealed class UsageException(string message) : Exception(message);
