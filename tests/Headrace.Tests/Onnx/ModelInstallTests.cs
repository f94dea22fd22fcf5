using System.Text.Json;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Tests.Cli;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Onnx;

/// <summary>Installs models from the command line, with real server and worker processes.</summary>
[Trait("Needs", "Servers")]
public sealed class ModelInstallTests
{
    private static readonly JsonElement Row = JsonElement.Parse("""{"x":[1,2,3]}""");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_model_is_installed_used_and_described_and_its_versions_run_side_by_side()
    {
        await using var server = await RunningServer.StartAsync();
        var model = server.Write("adder.onnx", TestModels.Sum());

        var installed = await server.CliAsync(
            "methods",
            "install",
            model,
            "--name",
            "score",
            "--max-batch",
            "64",
            "--max-wait",
            "2ms",
            "--preferred-batches",
            "16,32"
        );
        server.Write("adder.onnx", TestModels.Sum(factor: 2, output: "twice"));
        var second = await server.CliAsync("methods", "install", model, "--name", "score", "--version", "2");

        Assert.Equal((ExitCode.Done, ""), (installed.Code, installed.Error));
        Assert.Equal(
            $"Installed score@1 as {server.Home}/data/methods/score@1/score.method.json",
            installed.Out.TrimEnd()
        );
        Assert.Equal((ExitCode.Done, ""), (second.Code, second.Error));
        await server.WaitForMethodAsync("score@2");
        Assert.Equal("""{"sum":6}""", await RunAsync(server, "score@1"));
        Assert.Equal("""{"twice":12}""", await RunAsync(server, "score@2"));
        var refused = await server.CliAsync("run", "score@1", "x=[1,2]");
        Assert.Equal(ExitCode.Usage, refused.Code);
        Assert.Contains("must have at least 3 items", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_is_replaced_while_jobs_run_and_no_job_is_lost()
    {
        await using var server = await RunningServer.StartAsync();
        var model = server.Write("score.onnx", TestModels.Sum());
        Assert.Equal(ExitCode.Done, (await server.CliAsync("methods", "install", model)).Code);
        await server.WaitForMethodAsync("score");
        using var client = await ConnectAsync(server);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var load = SubmitAsync(client, enough.Token);
        await UntilResultAsync(client, "the first model", """{"sum":6}""");

        server.Write("score.onnx", TestModels.Sum(factor: 2));
        Assert.Equal(ExitCode.Done, (await server.CliAsync("methods", "install", model)).Code);
        await UntilResultAsync(client, "the new model", """{"sum":12}""");
        await enough.CancelAsync();
        var ids = await load;

        var results = new List<string>();
        foreach (var id in ids)
        {
            var job = await client.WaitAsync(id, cancellationToken: Stop);
            Assert.Equal(("succeeded", 0), (job.State, job.Failures));
            results.Add((await client.GetResultAsync(id, Stop)).Text);
        }
        Assert.Subset(new HashSet<string> { """{"sum":6}""", """{"sum":12}""" }, results.ToHashSet());
    }

    [Fact]
    public async Task A_model_with_another_schema_is_refused_in_the_same_version_and_the_old_one_goes_on()
    {
        await using var server = await RunningServer.StartAsync();
        var model = server.Write("score.onnx", TestModels.Sum());
        Assert.Equal(ExitCode.Done, (await server.CliAsync("methods", "install", model)).Code);
        await server.WaitForMethodAsync("score");

        server.Write("score.onnx", TestModels.Log());
        var refused = await server.CliAsync("methods", "install", model);

        Assert.Equal(ExitCode.Usage, refused.Code);
        Assert.Contains(
            "The server already knows score@1 with different properties: in the params schema, ",
            refused.Error,
            StringComparison.Ordinal
        );
        Assert.Contains("Install the changed model with --version 2, so that", refused.Error, StringComparison.Ordinal);
        Assert.Equal("""{"sum":6}""", await RunAsync(server, "score"));
    }

    [Fact]
    public async Task A_model_that_cannot_run_is_unavailable_with_the_reason_and_the_others_run()
    {
        await using var server = await RunningServer.StartAsync();
        var good = server.Write("good.onnx", TestModels.Sum());
        var bad = server.Write("bad.onnx", TestModels.Sum());
        Assert.Equal(ExitCode.Done, (await server.CliAsync("methods", "install", good)).Code);
        var installed = Path.Combine(server.Home, "data/methods/bad@1/bad.onnx");
        // The file is damaged after the installation. The worker checks a method again when its manifest changes.
        Assert.Equal(ExitCode.Done, (await server.CliAsync("methods", "install", bad)).Code);
        await File.WriteAllBytesAsync(installed, TestModels.Sum()[..50], Stop);
        File.SetLastWriteTimeUtc(Path.ChangeExtension(installed, ".method.json"), DateTime.UnixEpoch);
        const string Reason = "bad.onnx cannot be loaded: ";

        await Eventually.SeesAsync(
            "the reason in the description of the method",
            async () =>
                (await server.CliAsync("methods", "show", "bad")).Out.Contains(Reason, StringComparison.Ordinal)
                    ? server
                    : null,
            Eventually.WithProcesses
        );
        var listed = await server.CliAsync("methods", "list", "--installed", "--json");
        await server.WaitForMethodAsync("good");

        Assert.Contains(Reason, listed.Out, StringComparison.Ordinal);
        Assert.Equal("""{"sum":6}""", await RunAsync(server, "good"));
    }

    [Theory]
    [InlineData("damaged", "score.onnx", "score.onnx cannot be loaded: ")]
    [InlineData("valid", "My Model.onnx", "'My Model' is not a valid method name. Use --name with ")]
    [InlineData("valid", "noop.onnx", "noop is a built-in method of Headrace. Choose another name.")]
    [InlineData("valid", "score.onnx --max-batch 300", "--max-batch 300 is not valid: specify 1 to 256.")]
    [InlineData("valid", "score.onnx --max-wait 2s", "--max-wait 2s is not valid: specify at most 1s.")]
    [InlineData("valid", "score.onnx --preferred-batches 8,many", "--preferred-batches contains 'many'.")]
    [InlineData("valid", "score.onnx --threads 0", "--threads 0 is not valid: specify 1 to 1024.")]
    [InlineData("valid", "score.onnx --output y", "The model has no output y. Its outputs are sum.")]
    [InlineData("valid", "score.method.json --name other", "--name applies only to models (.onnx).")]
    public async Task A_model_that_cannot_be_installed_is_refused_with_the_reason(
        string model,
        string line,
        string reason
    )
    {
        using var home = new TemporaryFolder();
        var options = line.Split(" --");
        var bytes = model == "valid" ? TestModels.Sum() : TestModels.Sum()[..50];
        var source = home.Write(options[0], bytes);
        string[] arguments = [.. options[1..].SelectMany(option => $"--{option}".Split(' '))];

        using var install = CliProcess.Start(home.Path, [], ["methods", "install", source, .. arguments]);
        var refused = await CliProcess.EndAsync(install, "methods install");

        Assert.Equal(ExitCode.Usage, refused.Code);
        Assert.Contains(reason, refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(home.Path, ".local/share/headrace/methods/score@1")));
    }

    private static async Task<HeadraceClient> ConnectAsync(RunningServer server) =>
        new(
            new HeadraceClientOptions
            {
                Server = server.Url,
                Key = (await File.ReadAllTextAsync(Path.Combine(server.Home, "data/admin.key"), Stop)).Trim(),
            }
        );

    /// <summary>Submits jobs until it is stopped, and returns their ids.</summary>
    private static async Task<List<string>> SubmitAsync(HeadraceClient client, CancellationToken enough)
    {
        var ids = new List<string>();
        while (!enough.IsCancellationRequested)
        {
            var jobs = Enumerable.Repeat(new JobRequest("score") { Params = Row }, 20);
            await foreach (var submitted in client.SubmitManyAsync(jobs, Stop))
                ids.Add(submitted.Id!);
            // At most twenty jobs wait at a time, so that every batch runs on the current model.
            await client.WaitAsync(ids[^1], cancellationToken: Stop);
        }
        return ids;
    }

    private static async Task UntilResultAsync(HeadraceClient client, string what, string result) =>
        await Eventually.SeesAsync(
            what,
            async () =>
                (await client.RunAsync(new JobRequest("score") { Params = Row }, Stop)).Text == result ? client : null,
            Eventually.WithProcesses
        );

    private static async Task<string> RunAsync(RunningServer server, string method)
    {
        var run = await server.CliAsync("run", method, "x=[1,2,3]");
        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        return run.Out.TrimEnd();
    }
}
