using System.Diagnostics;
using Headrace.Core;

namespace Headrace.Bench.Programs;

/// <summary>
/// The measured MPI programs, as installed methods. <c>group-LIBRARY</c> runs jobs in a warm group of two ranks, where
/// a job takes one millisecond for each byte of its body. <c>job-LIBRARY</c> starts two ranks for each job.
/// </summary>
internal sealed class RankMethods : IDisposable
{
    public static readonly IReadOnlyList<string> Libraries = ["openmpi", "mpich"];

    private readonly string _folder = Directory.CreateTempSubdirectory("headrace-bench-methods-").FullName;

    private RankMethods() { }

    public string Folder => _folder;

    public static string Group(string library) => $"group-{library}";

    public static string Job(string library) => $"job-{library}";

    /// <summary>Returns the path of the program.</summary>
    public string ProgramOf(string library) => Path.Combine(_folder, $"rank-jobs-{library}");

    public static async Task<RankMethods> CreateAsync(CancellationToken stop)
    {
        var methods = new RankMethods();
        foreach (var library in Libraries)
        {
            await methods.CompileAsync(library, stop);
            await methods.WriteAsync(library, Group(library), "", """, "warm": { "batch": 256 }""", stop);
            await methods.WriteAsync(library, Job(library), """, "once" """, "", stop);
        }
        return methods;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task WriteAsync(string library, string name, string argument, string members, CancellationToken stop) =>
        File.WriteAllTextAsync(
            Path.Combine(_folder, $"{name}.method.json"),
            $$"""
            { "name": "{{name}}", "argv": ["{{ProgramOf(library)}}"{{argument}}], "params": {}, "mpi": { "ranks": 2 }
            {{members}} }
            """,
            stop
        );

    private async Task CompileAsync(string library, CancellationToken stop)
    {
        var source = Path.Combine(AppContext.BaseDirectory, "rank-jobs.c");
        using var compiler = Process.Start($"mpicc.{library}", ["-O2", "-pthread", "-o", ProgramOf(library), source]);
        await compiler.WaitForExitAsync(stop);
        if (compiler.ExitCode != 0)
            throw new HeadraceException($"{source} could not be compiled with mpicc.{library}.");
    }
}
