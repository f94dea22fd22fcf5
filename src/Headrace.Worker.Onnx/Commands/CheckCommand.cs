using Headrace.Commands;

namespace Headrace.Worker.Onnx.Commands;

/// <summary><c>headrace-onnx check</c>: checks whether a model can run on this machine.</summary>
internal static class CheckCommand
{
    public const string Name = "check";

    public static CliCommand Create()
    {
        var cliCommand = new CliCommand(Name, "Load a model and run it once.")
        {
            Examples =
            [
                (
                    "headrace-onnx check score.onnx",
                    "Prints the reason if the model cannot run, and prints nothing if it can."
                ),
            ],
        };
        ModelOptions.AddInstalledTo(cliCommand);
        cliCommand.SetAction(
            (context, _) => ModelOptions.ReportAsync(context, () => ModelOptions.OpenInstalled(context).Dispose())
        );
        return cliCommand;
    }
}
