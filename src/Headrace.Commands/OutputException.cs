namespace Headrace.Commands;

/// <summary>Data could not be written to standard output: it is closed, or the disk behind it is full.</summary>
public sealed class OutputException(string message) : Exception(message);
