namespace Headrace.Mpi.InProcess;

/// <summary>Thrown in waiting ranks when another rank fails. Only the failure of that rank is reported.</summary>
internal sealed class LocalGroupEndedException(Exception failure)
    : Exception("Another rank has failed, so this rank cannot continue.", failure);
