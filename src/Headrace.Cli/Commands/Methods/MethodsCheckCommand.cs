using System.CommandLine;
using Headrace.Cli.Commands.Methods.Models;
using Headrace.Cli.Commands.Methods.Scripts;
using Headrace.Cli.Output;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Worker.Manifests;

namespace Headrace.Cli.Commands.Methods;

/// <summary><c>headrace methods check</c>: checks manifests and lists every error.</summary>
internal static class MethodsCheckCommand
{
    private static readonly Argument<string[]> Files = new("FILE")
    {
        Description = "Manifests: files named NAME.method.json.",
        Arity = ArgumentArity.OneOrMore,
    };

    public static CliCommand Create()
    {
        var cliCommand = new CliCommand("check", "Check manifests, and print each error with its line and column.")
        {
            Examples =
            [
                (
                    "headrace methods check word-count.method.json",
                    "Prints the method that the file describes, or the errors in the file."
                ),
            ],
        };
        cliCommand.Add(Files);
        cliCommand.SetAction(
            (context, _) =>
            {
                foreach (var file in context.Value(Files))
                    RejectOtherSources(file);
                var folder = InstalledMethods.Open(context);
                var methods = context.Value(Files).Select(folder.Read).ToList();
                foreach (var method in methods)
                    Print(context, method);
                return Task.FromResult(
                    methods.All(method => method.Manifest is not null) ? ExitCode.Done : ExitCode.Usage
                );
            }
        );
        return cliCommand;
    }

    /// <summary>Rejects sources that are not manifests, even though <c>methods install</c> accepts them.</summary>
    private static void RejectOtherSources(string file)
    {
        if (Directory.Exists(file))
            throw new UsageException($"{file} is a folder. Specify its manifest: NAME{MethodManifest.Extension}.");
        if (ScriptLanguage.Of(file) is not null || StagedModel.IsModel(file))
            throw new UsageException(
                $"{file} is not a manifest (NAME{MethodManifest.Extension}). Scripts and models are checked when they "
                    + $"are installed: headrace methods install {file}"
            );
    }

    private static void Print(CommandContext context, InstalledMethod method)
    {
        if (context.Json)
            context.Terminal.WriteLine(Format.Json(ManifestLine.Of(method), CliJson.Default.ManifestLine));
        else if (method.Manifest is { } manifest)
            context.Terminal.WriteLine($"{method.File}: {manifest.Name} is valid.");
        else
            foreach (var fault in method.Faults)
                context.Terminal.WriteLine($"{method.File}:{fault}");
    }
}
