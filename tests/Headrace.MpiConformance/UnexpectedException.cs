namespace Headrace.MpiConformance;

/// <summary>Fails a check.</summary>
public sealed class UnexpectedException(string message) : Exception(message);
