using System.Text;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Local;
using Headrace.Tests.Cli;
using Headrace.Tests.Server;
using Headrace.Tests.Worker.Exchange;
using Headrace.Tests.Worker.Manifests;
using Headrace.Worker.Installed;
using Headrace.Worker.Manifests;
using Headrace.Worker.Processes;
using Headrace.Worker.Warm;

namespace Headrace.Tests.Worker.Commands;

/// <summary>
/// Runs methods whose programs are the test's shell scripts, with a real worker loop and broker. The programs are real
/// processes in real time; only leases and job limits follow the scene's manual clock.
/// </summary>
internal sealed class ProgramScene : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Executions _executions = new(TimeProvider.System);

    private ProgramScene(WorkerScene worker) => Worker = worker;

    public WorkerScene Worker { get; }

    public string Folder => _folder.Path;

    public static async Task<ProgramScene> StartAsync() => new(await WorkerScene.StartAsync());

    /// <summary>Maps a method whose program is a script for <c>/bin/sh</c>.</summary>
    /// <param name="name">The name of the method.</param>
    /// <param name="script">The script.</param>
    /// <param name="members">Further members of the manifest, as JSON, each followed by a comma.</param>
    public MethodManifest Map(string name, string script, string members = "") =>
        MapProgram(name, WriteScript(name, script), members);

    /// <summary>Maps a method with this program.</summary>
    public MethodManifest MapProgram(string name, string program, string members = "")
    {
        var argv = members.Contains("\"argv\"", StringComparison.Ordinal) ? "" : $"\"argv\": [\"{program}\"],";
        var manifest = Manifest.Valid(
            $$"""{ {{argv}} {{members}} "name": "{{name}}" }""",
            Path.Combine(Folder, $"{name}.method.json")
        );
        Map(manifest);
        return manifest;
    }

    /// <summary>Maps the method that a manifest in the scene's folder describes.</summary>
    public MethodManifest MapManifest(string file)
    {
        var manifest = Manifest.Valid(File.ReadAllText(file), file);
        Map(manifest);
        return manifest;
    }

    private void Map(MethodManifest manifest) =>
        InstalledMapping.Map(Worker.App, manifest, _executions, new WarmHealth(TimeProvider.System));

    /// <summary>Writes a file to the scene's folder, and returns its path.</summary>
    public string Write(string name, string text) => _folder.Write(name, text);

    public string WriteScript(string name, string script)
    {
        var path = _folder.Write(name, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    public Task<JobId> SubmitAsync(string method, string parameters = "", string body = "", int retries = 0) =>
        Worker.SubmitAsync(method, parameters, Encoding.UTF8.GetBytes(body), spec => spec with { Retries = retries });

    /// <summary>Submits a job that is not retried, and waits for it to end.</summary>
    public async Task<(DoneRow Row, string Result)> RunAsync(string method, string parameters = "", string body = "") =>
        await Worker.EndOfAsync(await SubmitAsync(method, parameters, body));

    /// <summary>Returns the log of a job's first attempt.</summary>
    public async Task<string> LogOfAsync(JobId job) =>
        string.Concat(
            (await Worker.ReadAsync(new RowKey.Logs(job)))
                .OfType<LogRow>()
                .Select(log => Encoding.UTF8.GetString(log.Lines.Span))
        );

    /// <summary>
    /// Waits until the program has written a process id to a file in the scene's folder, and returns it.
    /// </summary>
    public async Task<int> ProcessAsync(string file)
    {
        var path = Path.Combine(Folder, file);
        var text = await Eventually.SeesAsync(
            $"the file {file}",
            () => File.Exists(path) && File.ReadAllText(path) is { Length: > 0 } text && text[^1] == '\n' ? text : null,
            Eventually.WithProcesses
        );
        return int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Waits until a process has exited.</summary>
    public static Task GoneAsync(int process) =>
        Eventually.HoldsAsync($"the end of process {process}", () => !OsProcess.Runs(process));

    /// <summary>Returns the processes of all executions in this scene.</summary>
    public IEnumerable<int> Executing() =>
        ProcFs
            .Processes()
            .Where(process =>
                ExecutionMark.TryParse(ProcFs.Environment(process)[ExecutionMark.Variable], out var mark)
                && mark.OwnerText == _executions.OwnerText
            );

    /// <summary>Returns the shared-memory folders of all executions in this scene.</summary>
    public IEnumerable<string> SharedMemory() =>
        ScratchRoot.SharedMemoryPrefix(_executions.OwnerText) is { } prefix
            ? Directory.EnumerateDirectories(Path.GetDirectoryName(prefix)!, $"{Path.GetFileName(prefix)}*")
            : [];

    public async ValueTask DisposeAsync()
    {
        await Worker.DisposeAsync();
        _executions.Dispose();
        _folder.Dispose();
    }
}
