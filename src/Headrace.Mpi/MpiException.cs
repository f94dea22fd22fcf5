namespace Headrace.Mpi;

/// <summary>
/// Thrown when an MPI call fails. The communicator can still be used, unless the failed call was collective and other
/// ranks have completed it.
/// </summary>
public sealed class MpiException : Exception
{
    /// <summary>Creates an error without a message.</summary>
    public MpiException() { }

    /// <summary>Creates an error.</summary>
    public MpiException(string message)
        : base(message) { }

    /// <summary>Creates an error with its cause.</summary>
    public MpiException(string message, Exception innerException)
        : base(message, innerException) { }

    /// <summary>Creates an error with the given MPI error class.</summary>
    /// <param name="errorClass">The class of the error.</param>
    /// <param name="message">The message, which states what failed and what to do about it.</param>
    /// <param name="innerException">The cause; null for none.</param>
    public MpiException(MpiErrorClass errorClass, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        ErrorClass = errorClass;
    }

    /// <summary>Gets the class of the error.</summary>
    public MpiErrorClass ErrorClass { get; }
}
