namespace Headrace.Worker;

/// <summary>
/// Thrown by a method when its input can never be processed. The job fails with the reason <c>rejected</c> and is not
/// retried.
/// </summary>
public sealed class JobRejectedException : Exception
{
    /// <summary>Creates a rejection without a message.</summary>
    public JobRejectedException() { }

    /// <summary>Creates a rejection. The message should name the invalid value and the expected one.</summary>
    public JobRejectedException(string message)
        : base(message) { }

    /// <summary>Creates a rejection with its cause.</summary>
    public JobRejectedException(string message, Exception innerException)
        : base(message, innerException) { }
}
