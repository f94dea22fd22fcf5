using System.Runtime.InteropServices;

namespace Headrace.Worker.Mpi.Processes;

/// <summary>
/// Ends a rank without calling the exit handlers of the MPI library, which could wait for other ranks.
/// </summary>
internal static partial class RankExit
{
    /// <summary>The rank ended after its group was asked to stop.</summary>
    public const int Stopped = 0;

    /// <summary>MPI could not be started, or the program does not contain the method (EX_UNAVAILABLE).</summary>
    public const int Unusable = 69;

    /// <summary>The worker closed the connection, or a rank failed while others waited for it (EX_SOFTWARE).</summary>
    public const int Ended = 70;

    public static void Now(int code) => ExitNow(code);

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void ExitNow(int code);
}
