using System.Diagnostics;
using Headrace.Cli.Commands.Methods.Models;
using Headrace.Commands;
using Headrace.Core;
using Headrace.Tests.Cli;
using Headrace.Worker.Onnx.Commands;
using Xunit;

namespace Headrace.Tests.Onnx;

/// <summary>Tests the program that runs models: where it is found, and its command line.</summary>
public sealed class OnnxProgramTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_program_is_found_beside_the_tool_and_then_on_the_PATH()
    {
        var tool = Path.Combine(_folder.Path, "tool");
        var other = Path.Combine(_folder.Path, "other");
        var path = $"/nowhere:{other}:";

        var missing = Assert.Throws<HeadraceException>(() => OnnxProgram.Find(tool, path)).Message;
        Write("other/headrace-onnx");
        var onPath = OnnxProgram.Find(tool, path);
        Write("tool/onnx/headrace-onnx");
        var beside = OnnxProgram.Find(tool, path);

        Assert.StartsWith(
            $"Models are run by the program headrace-onnx, which is neither in {tool}/onnx nor on the PATH. Install ",
            missing,
            StringComparison.Ordinal
        );
        Assert.Equal(($"{other}/headrace-onnx", $"{tool}/onnx/headrace-onnx"), (onPath, beside));
    }

    [Fact]
    public void Every_command_has_an_example_that_parses()
    {
        var root = OnnxCommandLine.Tree();
        var commands = root.Subcommands.OfType<CliCommand>().ToList();

        Assert.Equal(["describe", "check", "serve"], commands.Select(command => command.Name));
        Assert.All(
            commands,
            command =>
            {
                var (line, _) = Assert.Single(command.Examples);
                var parsed = root.Parse(line["headrace-onnx ".Length..]);
                Assert.Empty(parsed.Errors);
                Assert.Same(command, parsed.CommandResult.Command);
            }
        );
    }

    [Fact]
    public async Task Serve_says_that_a_worker_must_start_it()
    {
        var run = await RunAsync("serve", "score.onnx");

        Assert.Equal(
            (
                ExitCode.Usage,
                "HEADRACE_WARM is not set. Workers start this command; use headrace methods install to make "
            ),
            (run.Code, run.Error[..run.Error.IndexOf("a model", StringComparison.Ordinal)])
        );
    }

    [Fact]
    public async Task Check_succeeds_silently_and_otherwise_prints_only_the_reason()
    {
        var model = Path.Combine(_folder.Path, "score.onnx");
        var missing = await RunAsync("check", model);
        await File.WriteAllBytesAsync(model, TestModels.Sum(), TestContext.Current.CancellationToken);
        var valid = await RunAsync("check", model);

        Assert.Equal((ExitCode.Usage, $"The model {model} does not exist.\n"), (missing.Code, missing.Error));
        Assert.Equal((ExitCode.Done, "", ""), (valid.Code, valid.Out, valid.Error));
    }

    private static async Task<CliProcess> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(ModelScene.Program, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        return await CliProcess.EndAsync(process, string.Join(' ', arguments));
    }

    private void Write(string name)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_folder.Path, name))!);
        _folder.Write(name, "");
    }
}
