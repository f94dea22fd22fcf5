using Headrace.Core;

namespace Headrace.Cli.Commands.Methods.Models;

/// <summary>
/// Finds the program that runs ONNX models. The program is not part of the tool, because its native library is larger
/// than the tool itself (docs/decisions/0049-models-run-in-a-program-of-their-own.md).
/// </summary>
internal static class OnnxProgram
{
    public const string Name = "headrace-onnx";

    /// <summary>The folder next to the tool that contains the program, for example in a checkout.</summary>
    private const string Folder = "onnx";

    /// <summary>
    /// Returns the path of the program, which is either in the folder <c>onnx</c> next to the tool or on the PATH.
    /// </summary>
    /// <exception cref="HeadraceException">The program is in neither place.</exception>
    public static string Find() => Find(AppContext.BaseDirectory, Environment.GetEnvironmentVariable("PATH") ?? "");

    internal static string Find(string toolFolder, string path) =>
        path.Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Prepend(Path.Combine(toolFolder, Folder))
            .Select(folder => Path.Combine(folder, Name))
            .FirstOrDefault(File.Exists)
        ?? throw new HeadraceException(
            $"Models are run by the program {Name}, which is neither in {Path.Combine(toolFolder, Folder)} nor on the "
                + "PATH. Install it: dotnet tool install --global Headrace.Onnx. In a checkout, build it instead: "
                + "dotnet build src/Headrace.Worker.Onnx -c Release"
        );
}
