namespace Headrace.Worker;

/// <summary>
/// Thrown by a method for input that it cannot work with, now or later: the job fails as <i>rejected</i> and is not
/// tried again.
/// </summary>
public sealed class JobRejectedException : Exception
{
    /// <summary>A rejection without words.</summary>
    public JobRejectedException() { }

    /// <summary>A rejection; the message names the value and what would be right.</summary>
    public JobRejectedException(string message)
        : base(message) { }

    /// <summary>A rejection with what found the fault.</summary>
    public JobRejectedException(string message, Exception innerException)
        : base(message, innerException) { }
}
