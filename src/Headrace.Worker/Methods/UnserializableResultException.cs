namespace Headrace.Worker.Methods;

/// <summary>
/// The value that a method returned cannot be written as a result. The next attempt would most likely return a similar
/// value, so the job is rejected and not retried.
/// </summary>
internal sealed class UnserializableResultException(Exception cause) : Exception(null, cause);
