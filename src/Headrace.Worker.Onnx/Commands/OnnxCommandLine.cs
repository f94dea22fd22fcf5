using System.CommandLine.Help;
using Headrace.Commands;

namespace Headrace.Worker.Onnx.Commands;

/// <summary>
/// The commands of <c>headrace-onnx</c>. <c>headrace methods install</c> runs the first command, and workers run the
/// others.
/// </summary>
internal static class OnnxCommandLine
{
    public static Command Tree()
    {
        var root = new Command("headrace-onnx", "Run ONNX models as methods of Headrace.")
        {
            DescribeCommand.Create(),
            CheckCommand.Create(),
            ServeCommand.Create(),
        };
        root.Add(GlobalOptions.Json);
        root.Add(GlobalOptions.Quiet);
        root.Add(new HelpOption { Recursive = true });
        HelpPage.Attach(root);
        return root;
    }
}
