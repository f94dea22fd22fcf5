namespace Headrace.Mpi;

/// <summary>
/// Classifies an MPI error. The numeric values are specific to this enumeration; each library uses its own values.
/// </summary>
public enum MpiErrorClass
{
    /// <summary>An error without a specific class.</summary>
    Other,

    /// <summary>The buffer is not valid.</summary>
    Buffer,

    /// <summary>The number of elements is not valid.</summary>
    Count,

    /// <summary>The element type is not valid.</summary>
    Type,

    /// <summary>The tag is not valid.</summary>
    Tag,

    /// <summary>The communicator is not valid.</summary>
    Communicator,

    /// <summary>The rank does not exist.</summary>
    Rank,

    /// <summary>The request is not valid.</summary>
    Request,

    /// <summary>The root rank does not exist.</summary>
    Root,

    /// <summary>The operation cannot be applied to the type.</summary>
    Operation,

    /// <summary>An argument is not valid.</summary>
    Argument,

    /// <summary>The message is longer than the buffer of its receiver.</summary>
    Truncated,

    /// <summary>An internal error of the library.</summary>
    Internal,

    /// <summary>The library is missing or does not match the launcher.</summary>
    Library,
}
