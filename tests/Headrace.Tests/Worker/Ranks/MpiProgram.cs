using System.Collections.Concurrent;
using System.Diagnostics;
using Headrace.Tests.Architecture;
using Headrace.Tests.Worker.Commands;
using Xunit;

namespace Headrace.Tests.Worker.Ranks;

/// <summary>
/// A C program that performs the action given by its first argument (<c>mpi-program.c</c>), compiled once for each MPI
/// implementation.
/// </summary>
internal static class MpiProgram
{
    private const string Folder = "tests/Headrace.Tests/Worker/Ranks";

    private static readonly ConcurrentDictionary<(string Implementation, string Source), Lazy<string>> Compiled = new();

    /// <summary>Returns the path of the program that runs for each job.</summary>
    public static string Of(string implementation) => Of(implementation, $"{Folder}/mpi-program.c");

    /// <summary>Returns the path of the program that runs as a warm group.</summary>
    public static string GroupOf(string implementation) => Of(implementation, $"{Folder}/group-program.c");

    /// <summary>Returns the path of a program, which is compiled once.</summary>
    public static string Of(string implementation, string source) =>
        Compiled.GetOrAdd((implementation, source), key => new(() => Compile(key.Implementation, key.Source))).Value;

    /// <summary>Maps the method <c>m</c>, which runs the program on two ranks.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="implementation">The MPI implementation.</param>
    /// <param name="what">The first argument of the program.</param>
    /// <param name="more">Further members of the manifest, each followed by a comma.</param>
    public static void Map(ProgramScene scene, string implementation, string what, string more = "") =>
        scene.MapProgram(
            "m",
            "",
            $$"""
            {{more}} "argv": ["{{Of(implementation)}}", "{{what}}", "{{scene.Folder}}"], "mpi": { "ranks": 2 },
            """
        );

    private static string Compile(string implementation, string source)
    {
        var name = $"{Path.GetFileNameWithoutExtension(source)}-{implementation}";
        var program = Path.Combine(AppContext.BaseDirectory, name);
        string[] arguments = ["-O1", "-Wall", "-Werror", "-pthread", "-o", program];
        using var compiler = Process.Start(
            $"mpicc.{implementation}",
            [.. arguments, Path.Combine(Repository.Root, source), "-lm"]
        );
        Assert.True(compiler.WaitForExit(TimeSpan.FromSeconds(60)), "The compiler did not exit in time.");
        Assert.Equal(0, compiler.ExitCode);
        return program;
    }
}
