namespace Headrace.Mpi.Native;

/// <summary>
/// Selects the library that matches the launcher of this process. With the other library, each process would be the
/// only rank of its own group.
/// </summary>
internal static class LibraryChoice
{
    /// <summary>The variable that a launcher sets to select the library.</summary>
    public const string Variable = "HEADRACE_MPI";

    /// <summary>The variable in which a launcher passes the number of ranks.</summary>
    public const string SizeVariable = "HEADRACE_RANKS";

    private static readonly string[] OfOpenMpi = ["OMPI_COMM_WORLD_SIZE", "PMIX_RANK"];
    private static readonly string[] OfMpich = ["PMI_RANK", "PMI_FD", "PMI_SIZE"];

    /// <summary>
    /// Returns the library; null if the process was not started by a launcher and may use either library.
    /// </summary>
    /// <param name="variable">Returns the value of an environment variable; null if it is not set.</param>
    public static MpiImplementation? Of(Func<string, string?> variable)
    {
        if (variable(Variable) is { Length: > 0 } name)
            return name switch
            {
                "openmpi" => MpiImplementation.OpenMpi,
                "mpich" => MpiImplementation.Mpich,
                _ => throw new MpiException(
                    MpiErrorClass.Library,
                    $"{Variable} is '{name}', which is not valid. Use openmpi or mpich, or unset it to use the "
                        + "launcher's library."
                ),
            };
        if (OfOpenMpi.Any(IsSet))
            return MpiImplementation.OpenMpi;
        return OfMpich.Any(IsSet) ? MpiImplementation.Mpich : null;

        bool IsSet(string candidate) => variable(candidate) is { Length: > 0 };
    }
}
