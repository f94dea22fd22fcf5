using Headrace.Cli.Commands.Methods;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Tests.Cli;
using Headrace.Tests.Worker.Commands;
using Headrace.Worker.Manifests;

namespace Headrace.Tests.Onnx;

/// <summary>
/// Runs a model with a real worker loop and broker. The model is described in the same way as by <c>headrace methods
/// install</c>, and runs in the process that a worker starts.
/// </summary>
internal sealed class ModelScene : IAsyncDisposable
{
    private ModelScene(ProgramScene programs) => Programs = programs;

    /// <summary>The path of the program that was built together with these tests.</summary>
    public static string Program { get; } =
        Path.Combine(Path.GetDirectoryName(CliProcess.Executable)!, "onnx", "headrace-onnx");

    public ProgramScene Programs { get; }

    public MethodManifest Manifest { get; private set; } = null!;

    /// <summary>Starts a worker with the method <c>score</c>.</summary>
    /// <param name="model">The content of the model.</param>
    /// <param name="options">Further options of <c>headrace-onnx describe</c>.</param>
    public static Task<ModelScene> StartAsync(byte[] model, params string[] options) =>
        StartAsync(model, members: "", options);

    /// <summary>Starts a worker with the method <c>score</c>, whose manifest was edited.</summary>
    /// <param name="model">The content of the model.</param>
    /// <param name="members">Members that are added to the manifest, each followed by a comma.</param>
    /// <param name="options">Further options of <c>headrace-onnx describe</c>.</param>
    public static async Task<ModelScene> StartAsync(byte[] model, string members, string[] options)
    {
        var scene = new ModelScene(await ProgramScene.StartAsync());
        try
        {
            var manifest = await scene.DescribeAsync(model, options);
            var text = (await File.ReadAllTextAsync(manifest)).Trim();
            await File.WriteAllTextAsync(manifest, $"{{ {members} {text[1..]}");
            scene.Manifest = scene.Programs.MapManifest(manifest);
            await scene.Programs.Worker.JoinAsync();
            return scene;
        }
        catch
        {
            await scene.DisposeAsync();
            throw;
        }
    }

    public string ModelPath => Path.Combine(Programs.Folder, "score.onnx");

    public async Task<(DoneRow Row, string Result)> RunAsync(string parameters) =>
        await EndOfAsync(await SubmitAsync(parameters));

    public Task<JobId> SubmitAsync(string parameters) => Programs.SubmitAsync("score", parameters);

    /// <summary>
    /// Waits for a job to end. While waiting, advances the clock that limits how long a batch waits for more jobs.
    /// </summary>
    public Task<(DoneRow Row, string Result)> EndOfAsync(JobId id) =>
        Programs.Worker.AdvanceUntilAsync(
            $"the end of job {id}",
            TimeSpan.FromMilliseconds(250),
            Programs.Worker.EndOfAsync(id)
        );

    public ValueTask DisposeAsync() => Programs.DisposeAsync();

    private async Task<string> DescribeAsync(byte[] model, string[] options)
    {
        await File.WriteAllBytesAsync(ModelPath, model);
        await new DescribingProgram
        {
            Arguments = [Program, "describe", ModelPath, "--name", "score", .. options],
            Folder = Programs.Folder,
            File = "score.onnx",
            Missing = reason => $"{Program} could not be started: {reason}.",
            SlowRemedy = "",
        }.WriteManifestsAsync(CancellationToken.None);
        return Path.Combine(Programs.Folder, $"score{MethodManifest.Extension}");
    }
}
