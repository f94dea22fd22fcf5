using System.Diagnostics;
using Headrace.Tests.Cli;

namespace Headrace.Tests.Mpi;

/// <summary>Starts programs with an MPI launcher.</summary>
internal static class MpiProgram
{
    /// <summary>The time limit for a run. It is far longer than a run takes on a busy machine.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    private static readonly string Conformance = Built("Headrace.MpiConformance");

    /// <summary>The program whose methods run on ranks.</summary>
    private static readonly string RankWorker = Built("Headrace.RankWorker");

    /// <summary>
    /// The arguments of each launcher: more ranks than cores are allowed, and the ranks are not bound to cores, because
    /// other tests use some of the cores.
    /// </summary>
    private static readonly Dictionary<string, string[]> Options = new()
    {
        ["mpiexec.openmpi"] = ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none"],
        ["mpiexec.mpich"] = [],
    };

    public static IEnumerable<string> Launchers => Options.Keys;

    /// <summary>Runs the conformance program with a number of ranks, until it exits.</summary>
    public static Task<CliProcess> RunAsync(
        string launcher,
        int ranks,
        string[] arguments,
        params (string Name, string Value)[] environment
    ) => RunAsync(launcher, ranks, [Conformance, .. arguments], environment.AsEnumerable());

    /// <summary>Runs the program with the methods for ranks.</summary>
    public static Task<CliProcess> RunRanksAsync(
        string launcher,
        int ranks,
        params (string Name, string Value)[] environment
    ) => RunAsync(launcher, ranks, [RankWorker], environment.AsEnumerable());

    private static async Task<CliProcess> RunAsync(
        string launcher,
        int ranks,
        string[] command,
        IEnumerable<(string Name, string Value)> environment
    )
    {
        using var temporary = new TemporaryFolder();
        var start = new ProcessStartInfo(launcher, [.. Options[launcher], "-n", $"{ranks}", .. command])
        {
            WorkingDirectory = temporary.Path,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Open MPI writes its session files to this folder, so they are deleted together with the folder.
        start.Environment["TMPDIR"] = temporary.Path;
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        return await CliProcess.EndAsync(process, $"{launcher} {string.Join(' ', command)}", Deadline);
    }

    private static string Built(string project) =>
        Path.GetFullPath(
            Path.Combine(
                AppContext.BaseDirectory,
                "..",
                "..",
                project,
                Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)),
                project
            )
        );
}
