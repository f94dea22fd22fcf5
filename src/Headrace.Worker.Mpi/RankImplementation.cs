namespace Headrace.Worker.Mpi;

/// <summary>Specifies what the ranks of a method are.</summary>
public enum RankImplementation
{
    /// <summary>Processes that use the installed MPI library, or Open MPI if both are installed.</summary>
    Auto,

    /// <summary>Processes of Open MPI.</summary>
    OpenMpi,

    /// <summary>Processes that use MPICH, which needs a core for each rank.</summary>
    Mpich,

    /// <summary>
    /// Threads of the worker. They need no MPI and start at once, but a crash ends the worker, and they share its
    /// memory and static fields.
    /// </summary>
    Threads,
}
