using Headrace.Cli.Commands.Methods.Scripts;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Tests.Worker.Commands;
using Headrace.Worker.Manifests;

namespace Headrace.Tests.Sdk;

/// <summary>
/// Runs the methods in a script with a real worker loop and broker. The script is described in the same way as by
/// <c>headrace methods install</c>, and run in the same way as by a worker.
/// </summary>
internal sealed class ScriptScene : IAsyncDisposable
{
    private readonly ProgramScene _programs;

    private ScriptScene(ProgramScene programs) => _programs = programs;

    public ProgramScene Programs => _programs;

    public IReadOnlyList<MethodManifest> Manifests { get; private set; } = [];

    public string Folder => _programs.Folder;

    /// <summary>Starts a worker with the methods in a Python script.</summary>
    /// <param name="script">
    /// The script except for its first lines, which import everything from headrace and some common modules.
    /// </param>
    public static Task<ScriptScene> StartAsync(string script) =>
        StartAsync("script.py", $"from headrace import *\nimport os, sys, time, typing\n\n{script}\n");

    /// <summary>
    /// Starts a worker with the methods in a script. The extension of the file name determines the language of the
    /// script.
    /// </summary>
    public static async Task<ScriptScene> StartAsync(string name, string text)
    {
        var scene = new ScriptScene(await ProgramScene.StartAsync());
        try
        {
            scene.Manifests = [.. (await scene.DescribeAsync(name, text)).Select(scene._programs.MapManifest)];
            await scene._programs.Worker.JoinAsync();
            return scene;
        }
        catch
        {
            await scene.DisposeAsync();
            throw;
        }
    }

    public Task<JobId> SubmitAsync(string method, string parameters = "", string body = "") =>
        _programs.SubmitAsync(method, parameters, body);

    /// <summary>Runs a job that continues a trace.</summary>
    public async Task<(DoneRow Row, string Result)> RunTracedAsync(string method, string traceparent) =>
        await _programs.Worker.EndOfAsync(
            await _programs.Worker.SubmitAsync(method, with: spec => spec with { Traceparent = traceparent })
        );

    public Task<(DoneRow Row, string Result)> RunAsync(string method, string parameters = "", string body = "") =>
        _programs.RunAsync(method, parameters, body);

    public Task<string> LogOfAsync(DoneRow row) => _programs.LogOfAsync(row.Job.Id);

    public Task CancelAsync(JobId job) => _programs.Worker.SendAsync(new Command.Cancel(job));

    public ValueTask DisposeAsync() => _programs.DisposeAsync();

    private async Task<IEnumerable<string>> DescribeAsync(string name, string text)
    {
        var file = _programs.Write(name, text);
        await ScriptDescription.WriteManifestsAsync(ScriptLanguage.Of(file)!, file, CancellationToken.None);
        return Directory.EnumerateFiles(Folder, $"*{MethodManifest.Extension}").Order(StringComparer.Ordinal);
    }
}
