using System.Diagnostics;
using Headrace.Tests.Architecture;
using Headrace.Tests.Worker.Commands;
using Xunit;

namespace Headrace.Tests.Worker.Warm;

/// <summary>A warm C program that follows the instruction in a job's body. It is compiled once.</summary>
internal static class WarmProgram
{
    private static readonly Lazy<string> Compiled = new(Compile);

    /// <summary>Maps the method <c>m</c>.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="warm">The members of <c>warm</c>, as JSON.</param>
    /// <param name="more">Further members of the manifest, each followed by a comma.</param>
    public static void Map(ProgramScene scene, string warm = "", string more = "") =>
        scene.MapProgram("m", Compiled.Value, $$""" {{more}} "warm": { {{warm}} }, """);

    private static string Compile()
    {
        var program = Path.Combine(AppContext.BaseDirectory, "warm-program");
        var source = Path.Combine(Repository.Root, "tests/Headrace.Tests/Worker/Warm/warm-program.c");
        using var compiler = Process.Start("cc", ["-O1", "-Wall", "-Werror", "-o", program, source]);
        Assert.True(compiler.WaitForExit(TimeSpan.FromSeconds(60)), "The compiler did not exit in time.");
        Assert.Equal(0, compiler.ExitCode);
        return program;
    }
}
