namespace Headrace.Worker.Ranks;

/// <summary>
/// An implementation of MPI. A program works only with the launcher of the library to which it is linked.
/// </summary>
internal enum MpiLibrary
{
    OpenMpi,
    Mpich,
}

/// <summary>The names of the libraries in messages and settings.</summary>
internal static class MpiLibraries
{
    /// <summary>The environment variable that tells a rank which library matches its launcher.</summary>
    public const string Variable = "HEADRACE_MPI";

    public static string Name(this MpiLibrary library) => library == MpiLibrary.OpenMpi ? "Open MPI" : "MPICH";

    /// <summary>Returns the word that manifests and <see cref="Variable"/> use.</summary>
    public static string ToWireName(this MpiLibrary library) => library == MpiLibrary.OpenMpi ? "openmpi" : "mpich";

    /// <summary>
    /// Returns the names of the launcher, with Debian's name first. The plain name <c>mpiexec</c> may belong to either
    /// library.
    /// </summary>
    public static IReadOnlyList<string> Launchers(this MpiLibrary library) =>
        library == MpiLibrary.OpenMpi ? ["mpiexec.openmpi", "orterun"] : ["mpiexec.mpich", "mpiexec.hydra"];

    /// <summary>Returns the Debian package that contains the launcher.</summary>
    public static string Package(this MpiLibrary library) => library == MpiLibrary.OpenMpi ? "openmpi-bin" : "mpich";
}
