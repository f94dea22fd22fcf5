namespace Headrace.Worker.Mpi;

/// <summary>States what the ranks of a method are.</summary>
public enum RankImplementation
{
    /// <summary>Processes of the MPI library that is installed; Open MPI if both are.</summary>
    Auto,

    /// <summary>Processes of Open MPI.</summary>
    OpenMpi,

    /// <summary>Processes of MPICH. It needs a core for each rank.</summary>
    Mpich,

    /// <summary>
    /// Threads of the worker. They need no MPI and start at once, but a crash ends the worker, and they share its
    /// memory and static fields.
    /// </summary>
    Threads,
}
