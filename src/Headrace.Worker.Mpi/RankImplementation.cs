namespace Headrace.Worker.Mpi;

/// <summary>Specifies whether the ranks of a method are processes or threads, and which MPI library they use.</summary>
public enum RankImplementation
{
    /// <summary>
    /// Processes that use the installed MPI library. If both libraries are installed, they use Open MPI.
    /// </summary>
    Auto,

    /// <summary>Processes that use Open MPI.</summary>
    OpenMpi,

    /// <summary>Processes that use MPICH, which needs a core for each rank.</summary>
    Mpich,

    /// <summary>
    /// Threads of the worker. They need no MPI and start at once, but a crash ends the worker, and they share its
    /// memory and static fields.
    /// </summary>
    Threads,
}
