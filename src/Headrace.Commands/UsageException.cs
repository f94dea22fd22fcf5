namespace Headrace.Commands;

/// <summary>The command line is not usable. The message names what was given and what to give instead.</summary>
public sealed class UsageException(string message) : Exception(message);
