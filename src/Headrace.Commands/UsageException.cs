namespace Headrace.Commands;

/// <summary>The command line is invalid. The message states the invalid value and explains how to correct it.</summary>
public sealed class UsageException(string message) : Exception(message);
