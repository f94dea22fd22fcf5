namespace Headrace.Mpi.InProcess;

/// <summary>
/// Ends the ranks that wait when another rank has failed. The failure of that rank is what is reported.
/// </summary>
internal sealed class LocalGroupEndedException(Exception failure)
    : Exception("Another rank has failed, so this rank cannot continue.", failure);
