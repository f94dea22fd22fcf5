namespace Headrace.Worker;

/// <summary>
/// Thrown by a method that failed and knows whether trying again can help. Any other exception counts as a failure that
/// may be tried again.
/// </summary>
public sealed class JobFailedException : Exception
{
    /// <summary>A failure without words.</summary>
    public JobFailedException() { }

    /// <summary>A failure that may be tried again.</summary>
    public JobFailedException(string message)
        : base(message) { }

    /// <summary>A failure that may be tried again, with its cause.</summary>
    public JobFailedException(string message, Exception innerException)
        : base(message, innerException) { }

    /// <summary>
    /// A failure; with <paramref name="retryable"/> false the job ends with it, whatever retries it has left.
    /// </summary>
    public JobFailedException(string message, bool retryable, Exception? innerException = null)
        : base(message, innerException)
    {
        Retryable = retryable;
    }

    /// <summary>Whether trying again can help.</summary>
    public bool Retryable { get; } = true;
}
