namespace Headrace.Commands;

/// <summary>The command line is invalid. The message names the given value and how to correct it.</summary>
public sealed class UsageException(string message) : Exception(message);
