using System.Diagnostics;
using Headrace.Core;
using Headrace.Protocol.Local;
using Headrace.Server.Machine;
using Headrace.Server.Pools;
using Headrace.Server.Pools.Describing;
using Xunit;

namespace Headrace.Tests.Server.Pools.Describing;

public sealed class DescribeRunTests : IDisposable
{
    private readonly ThrowAwayFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_program_describes_its_methods_on_standard_output()
    {
        var description = await RunAsync("""echo warming up >&2; echo '{"methods":[{"name":"score","schema":{}}]}'""");

        Assert.Equal("score", Assert.Single(description.Offers).Method.Text);
    }

    [Fact]
    public async Task The_program_gets_its_arguments_variables_and_folder_but_neither_server_nor_key()
    {
        Script.Write(
            _folder,
            $"""
            printf '%s|' "$@" > {_folder["args"]}; pwd > {_folder["cwd"]}
            env > {_folder["env"]}; cat > {_folder["stdin"]}
            echo '{"{"}"methods":[]{"}"}'
            """
        );
        var command = new PoolCommand
        {
            Program = _folder["worker"],
            Args = ["--gpu", "a b;c"],
            // A key in the server's own environment is removed in the same way.
            Env = new Dictionary<string, string> { ["MODEL"] = "x=y", [WorkerProcess.Key] = "hr_of-the-server" },
            Cwd = "/usr",
        };

        Assert.Empty((await DescribeRun.RunAsync(command, TimeProvider.System, Stop)).Offers);

        Assert.Equal("--gpu|a b;c|--describe|", Text("args"));
        Assert.Equal("/usr\n", Text("cwd"));
        Assert.Equal("", Text("stdin"));
        Assert.Contains("MODEL=x=y\n", Text("env"), StringComparison.Ordinal);
        Assert.Contains($"{WorkerProcess.Server}=unix:/dev/null\n", Text("env"), StringComparison.Ordinal);
        Assert.DoesNotContain(WorkerProcess.Key, Text("env"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_outlives_its_server_ends_by_itself()
    {
        Script.Write(_folder, "sleep 1000 & sleep 1000");
        var command = new PoolCommand { Program = _folder["worker"] };

        using var process = Process.Start(
            DescribeRun.Limited(command.CreateStart(DescribeRun.Argument), TimeSpan.FromSeconds(1))
        )!;

        await Eventually.EndsAsync("the program", process.WaitForExitAsync(Stop));
        Assert.Equal(128 + Unix.SigKill, process.ExitCode);
    }

    [Theory]
    [InlineData("echo unknown argument --describe >&2; exit 64", "exited with code 64: unknown argument --describe.")]
    [InlineData("exit 1", "exited with code 1.")]
    [InlineData("echo ready", "printed no valid description: it is not JSON")]
    [InlineData("true", "printed no valid description: it is not JSON")]
    public async Task A_program_without_a_description_is_reported_with_what_it_did(string script, string expected)
    {
        var failed = await Assert.ThrowsAsync<HeadraceException>(() => RunAsync(script));

        Assert.Contains("worker --describe`", failed.Message, StringComparison.Ordinal);
        Assert.Contains(expected, failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_program_or_folder_is_named()
    {
        var program = new PoolCommand { Program = "/nowhere/score" };
        var folder = new PoolCommand { Program = "/bin/true", Cwd = "/nowhere/at-all" };

        Assert.Contains(
            "The worker program /nowhere/score does not exist",
            (await FailAsync(program)).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "The working folder /nowhere/at-all of /bin/true does not exist",
            (await FailAsync(folder)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_program_that_starts_to_serve_instead_is_stopped_with_its_children()
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var command = Script.Write(
            _folder,
            $"sleep 600 & echo $$ $! > {_folder["pids.new"]}; mv {_folder["pids.new"]} {_folder["pids"]}; wait"
        );
        var run = DescribeRun.RunAsync(command, TimeProvider.System, cancel.Token);
        await Eventually.HoldsAsync("the program to run", () => File.Exists(_folder["pids"]));
        var processes = Text("pids").Split(' ').Select(int.Parse).ToList();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        await Eventually.HoldsAsync("both processes to end", () => !processes.Exists(OsProcess.Runs));
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static Task<HeadraceException> FailAsync(PoolCommand command) =>
        Assert.ThrowsAsync<HeadraceException>(() => DescribeRun.RunAsync(command, TimeProvider.System, Stop));

    private string Text(string file) => File.ReadAllText(_folder[file]);

    private Task<ProgramDescription> RunAsync(string script) =>
        DescribeRun.RunAsync(Script.Write(_folder, script), TimeProvider.System, Stop);
}
