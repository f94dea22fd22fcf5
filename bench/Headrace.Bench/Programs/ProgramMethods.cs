using System.Diagnostics;
using Headrace.Core;

namespace Headrace.Bench.Programs;

/// <summary>
/// The programs that are measured, as installed methods: <c>true</c> runs /bin/true for each job; <c>warm</c> and
/// <c>warm-batch</c> are one warm process in C that returns an empty result, without and with batches.
/// </summary>
internal sealed class ProgramMethods : IDisposable
{
    public const string True = "true";
    public const string Warm = "warm";
    public const string WarmBatch = "warm-batch";

    /// <summary>The file of the warm process in the folder.</summary>
    public const string WarmProgram = "warm-noop";

    private readonly string _folder = Directory.CreateTempSubdirectory("headrace-bench-methods-").FullName;

    private ProgramMethods() { }

    public string Folder => _folder;

    public static async Task<ProgramMethods> CreateAsync(CancellationToken stop)
    {
        var methods = new ProgramMethods();
        await methods.WriteAsync(True, """ "argv": ["/bin/true"], "input": "none" """, stop);
        await CompileAsync(Path.Combine(methods._folder, WarmProgram), stop);
        await methods.WriteAsync(Warm, """ "argv": ["./warm-noop"], "warm": {} """, stop);
        await methods.WriteAsync(WarmBatch, """ "argv": ["./warm-noop"], "warm": {"batch": 256} """, stop);
        return methods;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task WriteAsync(string name, string members, CancellationToken stop) =>
        File.WriteAllTextAsync(
            Path.Combine(_folder, $"{name}.method.json"),
            $$"""{ "name": "{{name}}", {{members}} }""",
            stop
        );

    private static async Task CompileAsync(string program, CancellationToken stop)
    {
        var source = Path.Combine(AppContext.BaseDirectory, "warm-noop.c");
        using var compiler = Process.Start("cc", ["-O2", "-o", program, source]);
        await compiler.WaitForExitAsync(stop);
        if (compiler.ExitCode != 0)
            throw new HeadraceException(
                "The program of the warm process could not be compiled. Install a C compiler that can be run as cc."
            );
    }
}
