namespace Headrace.Mpi;

/// <summary>Specifies how MPI is started. By default, the launcher determines everything.</summary>
public sealed record MpiOptions
{
    /// <summary>
    /// Gets the library to load. Default: the one in <c>HEADRACE_MPI</c> (<c>openmpi</c> or <c>mpich</c>), otherwise
    /// the library of the launcher that started this process, otherwise the first one that is installed.
    /// </summary>
    public MpiImplementation? Implementation { get; init; }

    /// <summary>
    /// Gets the number of ranks that must exist. Default: the number in <c>HEADRACE_RANKS</c>, otherwise the number
    /// that the launcher specifies. Without either, any number is accepted.
    /// </summary>
    public int? ExpectedSize { get; init; }
}
