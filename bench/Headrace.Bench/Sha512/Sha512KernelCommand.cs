using Headrace.Commands;
using Headrace.Commands.Output;

namespace Headrace.Bench.Sha512;

/// <summary><c>bench/run sha512-kernel</c>: a single process of <c>bench/run sha512</c>.</summary>
internal static class Sha512KernelCommand
{
    public const string Name = "sha512-kernel";

    public static CliCommand Create()
    {
        var cliCommand = new CliCommand(Name, "Measure the hash kernel in this process.") { Hidden = true };
        cliCommand.SetAction(
            (context, _) =>
            {
                context.Terminal.WriteLine(Format.Json(KernelMeasure.Run(), BenchJson.Default.KernelRun));
                return Task.FromResult(ExitCode.Done);
            }
        );
        return cliCommand;
    }
}
