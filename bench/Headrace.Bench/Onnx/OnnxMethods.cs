using System.Diagnostics;
using System.Text.Json;
using Headrace.Core;

namespace Headrace.Bench.Onnx;

/// <summary>
/// A folder in which a tree ensemble is installed as two methods. They differ in how long the first job of a batch
/// waits.
/// </summary>
internal sealed class OnnxMethods : IDisposable
{
    /// <summary>The method for many jobs at once: large batches.</summary>
    public const string Batched = "score-batched";

    /// <summary>The method for jobs that arrive one by one: a batch consists of the jobs that are waiting.</summary>
    public const string AtOnce = "score-at-once";

    private const string Model = "trees.onnx";

    private readonly string _folder = Directory.CreateTempSubdirectory("headrace-bench-models-").FullName;

    private OnnxMethods() { }

    /// <summary>Gets the path of the program that runs models.</summary>
    public static string Program { get; } =
        Path.Combine(Path.GetDirectoryName(StartedProgram.MeasuredProgram())!, "onnx", "headrace-onnx");

    public string Folder => _folder;

    /// <summary>Gets a job's params, which are a row of features.</summary>
    public static string Row { get; } =
        $"{{\"features\":[{string.Join(',', Enumerable.Range(1, TreeEnsemble.Features).Select(i => $"0.{i:00}"))}]}}";

    public static async Task<OnnxMethods> CreateAsync(CancellationToken stop)
    {
        var methods = new OnnxMethods();
        try
        {
            await File.WriteAllBytesAsync(Path.Combine(methods._folder, Model), TreeEnsemble.Create(), stop);
            await methods.InstallAsync(Batched, stop, "--max-batch=256", "--max-wait=2ms");
            await methods.InstallAsync(AtOnce, stop, "--max-batch=64", "--max-wait=0s");
            return methods;
        }
        catch
        {
            methods.Dispose();
            throw;
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Writes the manifest that the model program prints.</summary>
    private async Task InstallAsync(string name, CancellationToken stop, params string[] options)
    {
        using var process = Process.Start(
            new ProcessStartInfo(Program, ["describe", Path.Combine(_folder, Model), "--name", name, .. options])
            {
                RedirectStandardOutput = true,
            }
        )!;
        var output = await process.StandardOutput.ReadToEndAsync(stop);
        await process.WaitForExitAsync(stop);
        if (process.ExitCode != 0)
            throw new HeadraceException($"{Program} could not describe the model; see its message above.");
        using var described = JsonDocument.Parse(output);
        await File.WriteAllTextAsync(
            Path.Combine(_folder, $"{name}.method.json"),
            described.RootElement.GetProperty("methods")[0].GetRawText(),
            stop
        );
    }
}
