namespace Headrace.Commands;

/// <summary>Data could not be written to standard output, because it is closed or redirected to a full disk.</summary>
public sealed class OutputException(string message) : Exception(message);
