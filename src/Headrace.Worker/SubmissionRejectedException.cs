namespace Headrace.Worker;

/// <summary>
/// Thrown by <see cref="JobContext.SubmitAsync(ChildJob, CancellationToken)"/> when the server has rejected the jobs:
/// none of them exists. A method that does not catch it fails with a retryable error.
/// </summary>
public sealed class SubmissionRejectedException : Exception
{
    /// <summary>Creates a rejection without a message.</summary>
    public SubmissionRejectedException() { }

    /// <summary>Creates a rejection.</summary>
    public SubmissionRejectedException(string message)
        : base(message) { }

    /// <summary>Creates a rejection with its cause.</summary>
    public SubmissionRejectedException(string message, Exception innerException)
        : base(message, innerException) { }

    internal SubmissionRejectedException(string kind, string message, TimeSpan? retryAfter)
        : base(message)
    {
        (Kind, RetryAfter) = (kind, retryAfter);
    }

    /// <summary>Gets the kind of the problem, such as <c>queue-full</c> or <c>invalid-params</c>.</summary>
    public string Kind { get; } = "";

    /// <summary>Gets the time after which the same jobs may be accepted; null if another try would not help.</summary>
    public TimeSpan? RetryAfter { get; }
}
