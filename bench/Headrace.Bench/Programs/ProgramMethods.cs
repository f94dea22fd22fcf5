using System.Diagnostics;
using Headrace.Core;

namespace Headrace.Bench.Programs;

/// <summary>
/// The measured programs, as installed methods. <c>true</c> runs /bin/true for each job. <c>warm</c> and
/// <c>warm-batch</c> run the same warm C program, which returns an empty result. <c>python</c> and <c>python-batch</c>
/// run Python functions that return the body. Only the <c>-batch</c> methods pass jobs in batches.
/// </summary>
internal sealed class ProgramMethods : IDisposable
{
    public const string True = "true";
    public const string Warm = "warm";
    public const string WarmBatch = "warm-batch";
    public const string Python = "python";
    public const string PythonBatch = "python-batch";

    /// <summary>The file name of the warm program in the folder.</summary>
    public const string WarmProgram = "warm-noop";

    private const string PythonScript = """
        from headrace import method


        @method(name="python")
        def noop(body: bytes) -> bytes:
            return body


        @method(name="python-batch", batch=256)
        def noop_batch(body: list[bytes]) -> list[bytes]:
            return body

        """;

    private const string PythonCommand = """
        "argv": ["python3", "-m", "headrace", "serve", "{method}/noops.py"], "resultType": "application/octet-stream"
        """;

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
        await File.WriteAllTextAsync(Path.Combine(methods._folder, "noops.py"), PythonScript, stop);
        await methods.WriteAsync(Python, $$"""{{PythonCommand}}, "warm": {} """, stop);
        await methods.WriteAsync(PythonBatch, $$"""{{PythonCommand}}, "warm": {"batch": 256} """, stop);
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
                "The warm program could not be compiled. Install a C compiler that can be run as cc."
            );
    }
}
