namespace Headrace.Worker;

/// <summary>
/// Thrown by a method to fail its job and to state whether the job can be retried. Any other exception is a retryable
/// failure.
/// </summary>
public sealed class JobFailedException : Exception
{
    /// <summary>Creates a retryable failure without a message.</summary>
    public JobFailedException() { }

    /// <summary>Creates a retryable failure.</summary>
    public JobFailedException(string message)
        : base(message) { }

    /// <summary>Creates a retryable failure with its cause.</summary>
    public JobFailedException(string message, Exception innerException)
        : base(message, innerException) { }

    /// <summary>Creates a failure.</summary>
    /// <param name="message">The error message that is stored with the job.</param>
    /// <param name="retryable">False to fail the job immediately, even if it has retries left.</param>
    /// <param name="innerException">The cause; null if there is none.</param>
    public JobFailedException(string message, bool retryable, Exception? innerException = null)
        : base(message, innerException)
    {
        Retryable = retryable;
    }

    /// <summary>Gets a value indicating whether the job can be retried. Default: true.</summary>
    public bool Retryable { get; } = true;
}
