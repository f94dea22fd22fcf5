using Headrace.Commands;
using Headrace.Worker.Onnx.Serving;

namespace Headrace.Worker.Onnx.Commands;

/// <summary><c>headrace-onnx serve</c>: runs the jobs of a method as a warm process of a worker.</summary>
internal static class ServeCommand
{
    public const string Name = "serve";

    public static CliCommand Create()
    {
        var cliCommand = new CliCommand(Name, "Run jobs for the worker that started this process.")
        {
            Examples =
            [
                (
                    "headrace-onnx serve score.onnx",
                    "Runs jobs with this model. Workers start this command for an installed model."
                ),
            ],
        };
        ModelOptions.AddInstalledTo(cliCommand);
        cliCommand.SetAction((context, _) => ModelOptions.ReportAsync(context, () => RunJobs(context)));
        return cliCommand;
    }

    private static void RunJobs(CommandContext context)
    {
        using var channel = ServeLoop.OpenChannel();
        using var model = ModelOptions.OpenInstalled(context);
        new ServeLoop(channel).Run(model);
    }
}
