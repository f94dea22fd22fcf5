namespace Headrace.Mpi;

/// <summary>Specifies how MPI is started. By default, the launcher determines everything.</summary>
public sealed record MpiOptions
{
    /// <summary>
    /// Gets the library to load. Default: the library that <c>HEADRACE_MPI</c> specifies (<c>openmpi</c> or
    /// <c>mpich</c>) or, if it is not set, the library of the launcher that started this process. Without either, the
    /// first installed library is loaded.
    /// </summary>
    public MpiImplementation? Implementation { get; init; }

    /// <summary>
    /// Gets the number of ranks that must exist. Default: the number in <c>HEADRACE_RANKS</c> or, if it is not set, the
    /// number that the launcher specifies. Without either, any number is accepted.
    /// </summary>
    public int? ExpectedSize { get; init; }
}
