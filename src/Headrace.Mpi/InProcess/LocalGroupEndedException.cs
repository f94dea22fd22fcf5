namespace Headrace.Mpi.InProcess;

/// <summary>Ends the waiting ranks when another rank has failed. Only the failure of that rank is reported.</summary>
internal sealed class LocalGroupEndedException(Exception failure)
    : Exception("Another rank has failed, so this rank cannot continue.", failure);
