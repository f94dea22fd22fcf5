namespace Headrace.Mpi;

/// <summary>Names an MPI library. Programs and launchers for different libraries cannot be combined.</summary>
public enum MpiImplementation
{
    /// <summary>Open MPI 4.1: <c>libmpi.so.40</c>, started by <c>mpiexec.openmpi</c>.</summary>
    OpenMpi,

    /// <summary>MPICH 4.0: <c>libmpich.so.12</c>, started by <c>mpiexec.mpich</c>.</summary>
    Mpich,
}
