using System.Globalization;
using Headrace.Commands;
using Headrace.Core;
using Headrace.Worker.Manifests;

namespace Headrace.Cli.Commands.Methods.Models;

/// <summary>Combines a model with the manifest of the method that runs it.</summary>
internal static class StagedModel
{
    private const string Extension = ".onnx";

    /// <summary>
    /// The weights of a model larger than 2 GB are in a file next to it, whose name has one of these suffixes.
    /// </summary>
    private static readonly string[] WeightSuffixes = [".data", "_data"];

    /// <summary>
    /// Stages a model, or a folder that contains a model and no manifest. The name of the folder contains the version
    /// of the method, so that several versions can be installed side by side. Returns null for any other source.
    /// </summary>
    /// <exception cref="HeadraceException">The model cannot be used.</exception>
    public static async Task<StagedFolder?> CreateAsync(
        CommandContext context,
        string source,
        CancellationToken cancellationToken
    )
    {
        if (ModelIn(source) is not { } model)
            return null;
        var name = ModelSettings.NameOf(context, model);
        if (!MethodName.TryParse(name, out _))
            throw new HeadraceException(
                $"'{name}' is not a valid method name. Use --name with 1 to 64 characters from a-z, 0-9, '.', '_' "
                    + "and '-', starting with a letter or digit."
            );
        var version = ModelSettings.VersionOf(context).ToString(CultureInfo.InvariantCulture);
        var program = OnnxProgram.Find();
        string[] arguments = ["--name", name, "--version", version, .. ModelSettings.Arguments(context)];
        return await StagedFolder.CreateAsync(
            $"{name}@{version}",
            next => $"Install the changed model with --version {next.Version}",
            folder =>
            {
                if (Directory.Exists(source))
                    MethodsFolder.CopyFolder(Path.GetFullPath(source), folder);
                else
                    CopyModel(model, Directory.CreateDirectory(folder).FullName);
                var file = Path.GetFileName(model);
                return new DescribingProgram
                {
                    Arguments = [program, "describe", Path.Combine(folder, file), .. arguments],
                    Folder = folder,
                    File = file,
                    Missing = reason => $"{program}, which runs models, could not be started: {reason}.",
                    SlowRemedy = "Try again when the machine is less busy, or use a smaller model.",
                }.WriteManifestsAsync(cancellationToken);
            }
        );
    }

    /// <summary>Returns whether the file has the extension of a model.</summary>
    public static bool IsModel(string file) => file.EndsWith(Extension, StringComparison.OrdinalIgnoreCase);

    private static string? ModelIn(string source)
    {
        if (File.Exists(source))
            return IsModel(source) ? source : null;
        if (!Directory.Exists(source) || Directory.EnumerateFiles(source, $"*{MethodManifest.Extension}").Any())
            return null;
        return Directory.GetFiles(source, $"*{Extension}") switch
        {
            [] => null,
            [var model] => model,
            var several => throw new HeadraceException(
                $"The folder {source} contains {several.Length} models. Install one of the files, or a folder with "
                    + "one model."
            ),
        };
    }

    private static void CopyModel(string model, string folder)
    {
        foreach (var file in WeightSuffixes.Select(suffix => model + suffix).Where(File.Exists).Prepend(model))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
    }
}
