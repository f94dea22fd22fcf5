using Headrace.Mpi;

namespace Headrace.MpiConformance;

/// <summary>A check that every communicator must pass, with any number of ranks. All ranks run it together.</summary>
public sealed record Check(string Name, Action<ICommunicator> Run)
{
    /// <summary>Gets all communicator checks, in the order in which they run on one communicator.</summary>
    public static IReadOnlyList<Check> All { get; } =
    [.. MessageChecks.All, .. TransferChecks.All, .. CollectiveChecks.All, .. SplitChecks.All, .. ErrorChecks.All];
}
