using System.Globalization;

namespace Headrace.Worker.Ranks;

/// <summary>The command line and the environment that start the ranks of a program on this machine. Pure.</summary>
internal static class LaunchCommand
{
    /// <summary>
    /// Each rank writes to separate files, so that the launcher neither mixes the output of the ranks nor gives them a
    /// terminal. Rank 0 reads the body from a file, because launchers lose the end of a long input. The shell replaces
    /// itself with the program.
    /// </summary>
    private const string RankScript = """
        rank=${OMPI_COMM_WORLD_RANK:-${PMI_RANK:-${PMIX_RANK:-$SLURM_PROCID}}}
        files=$1
        shift
        input=/dev/null
        [ "$rank" != 0 ] || [ ! -e "$files/body" ] || input=$files/body
        exec "$@" <"$input" >"$files/$rank.out" 2>"$files/$rank.err"
        """;

    /// <summary>Returns the arguments of the launcher.</summary>
    /// <param name="plan">The launcher and the number of ranks.</param>
    /// <param name="files">The folder of the files that the ranks write to.</param>
    /// <param name="program">The program and its arguments.</param>
    public static IReadOnlyList<string> Arguments(RankPlan plan, string files, IEnumerable<string> program)
    {
        var ranks = plan.Ranks.ToString(CultureInfo.InvariantCulture);
        string[] own =
            plan.IsSrun ? ["--ntasks", ranks, "--nodes", "1", "--kill-on-bad-exit=1", .. SrunInterface(plan.Library)]
            : plan.Library == MpiLibrary.OpenMpi ? ["-n", ranks, "--oversubscribe", "--bind-to", "none"]
            : ["-n", ranks];
        return [.. own, "/bin/sh", "-c", RankScript, "headrace-rank", files, .. program];
    }

    /// <summary>
    /// Returns the variables that the launcher needs. Variables that the manifest sets take precedence.
    /// </summary>
    /// <param name="plan">The launcher and the number of ranks.</param>
    /// <param name="sharedMemory">The folder for shared memory.</param>
    /// <param name="isRoot">Whether the worker runs as root. Open MPI refuses to run as root unless two variables allow
    /// it.</param>
    public static IEnumerable<KeyValuePair<string, string>> Environment(RankPlan plan, string sharedMemory, bool isRoot)
    {
        yield return new("HEADRACE_RANKS", plan.Ranks.ToString(CultureInfo.InvariantCulture));
        if (plan.Library is { } library)
            yield return new(MpiLibraries.Variable, library.ToWireName());
        if (plan.Library != MpiLibrary.OpenMpi)
        {
            // All ranks run on this machine, so they need no remote shell and no network interface other than loopback.
            yield return new("HYDRA_LAUNCHER", "fork");
            yield return new("HYDRA_IFACE", "lo");
            yield return new("UCX_TLS", "self,sm");
            // UCX would handle SIGSEGV, which .NET uses to detect null references.
            yield return new("UCX_ERROR_SIGNALS", "");
        }
        if (plan.Library == MpiLibrary.Mpich)
            yield break;
        yield return new("OMPI_MCA_plm", "isolated");
        yield return new("OMPI_MCA_oob_tcp_if_include", "lo");
        yield return new("OMPI_MCA_pml", "ob1");
        yield return new("OMPI_MCA_btl", "self,vader");
        yield return new("OMPI_MCA_btl_vader_backing_directory", sharedMemory);
        if (!isRoot)
            yield break;
        yield return new("OMPI_ALLOW_RUN_AS_ROOT", "1");
        yield return new("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
    }

    private static string[] SrunInterface(MpiLibrary? library) =>
        library switch
        {
            MpiLibrary.OpenMpi => ["--mpi=pmix"],
            MpiLibrary.Mpich => ["--mpi=pmi2"],
            _ => [],
        };
}
