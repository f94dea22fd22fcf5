using System.CommandLine;
using Headrace.Cli.Commands.Methods.Models;
using Headrace.Cli.Commands.Methods.Scripts;
using Headrace.Cli.Output;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Core;
using Headrace.Worker.Installed;
using Headrace.Worker.Manifests;
using Headrace.Worker.Processes;

namespace Headrace.Cli.Commands.Methods;

/// <summary>
/// <c>headrace methods install</c>: makes a program, a script or a model available as a method on this machine's
/// workers.
/// </summary>
internal static class MethodsInstallCommand
{
    private static readonly Argument<string> Source = new("FILE|DIR")
    {
        Description =
            "A script in Python, R or Octave, a model (.onnx), a manifest (NAME.method.json), or a folder with one of "
            + "them and the files that belong to it.",
    };

    private static IEnumerable<string> Extensions => ScriptLanguage.All.Select(language => language.Extension);

    private static StringComparison IgnoreCase => StringComparison.OrdinalIgnoreCase;

    public static CliCommand Create()
    {
        var cliCommand = new CliCommand(
            "install",
            "Install methods from a script, a model or a manifest. Running workers on this machine offer them within "
                + "two seconds."
        )
        {
            Examples =
            [
                (
                    "headrace methods install score.py",
                    "Copies the script, and writes a manifest for each method that it defines."
                ),
                (
                    "headrace methods install score.onnx --max-batch 32 --max-wait 1ms",
                    "Copies the model, and writes a manifest whose params and result are its inputs and outputs."
                ),
                (
                    "headrace methods install samples/c-method",
                    "Copies the folder with its manifest and program into the methods folder in the data folder."
                ),
                ("headrace methods install word-count.method.json", "Copies the manifest alone."),
            ],
        };
        cliCommand.Add(Source);
        cliCommand.Add(InstalledMethods.Data);
        ModelSettings.AddTo(cliCommand);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var folder = await InstalledMethods.OpenAsync(context, cancellationToken);
        IReadOnlyList<InstalledMethod> installed;
        try
        {
            using var staged = await StageAsync(context, context.Value(Source), cancellationToken);
            var source = staged?.Path ?? context.Value(Source);
            var methods = folder.Check(source);
            foreach (var method in methods)
                RejectIncluded(method.Manifest!);
            await ChangedMethods.RejectAsync(context, methods, staged?.NextVersion, cancellationToken);
            installed = folder.Install(source);
        }
        catch (ManifestFaultsException faulty)
        {
            throw new UsageException(faulty.Faults);
        }
        catch (HeadraceException refused) when (refused is not HeadraceProblemException)
        {
            throw new UsageException(refused.Message);
        }
        foreach (var method in installed)
            if (context.Json)
                context.Terminal.WriteLine(Format.Json(ManifestLine.Of(method), CliJson.Default.ManifestLine));
            else
                context.Terminal.WriteLine($"Installed {method.Manifest!.Name} as {method.File}");
        WarnOfUnavailable(context, installed, cancellationToken);
        return ExitCode.Done;
    }

    /// <summary>Combines a model or a script with its manifests. Returns null if the source has a manifest.</summary>
    private static async Task<StagedFolder?> StageAsync(
        CommandContext context,
        string source,
        CancellationToken cancellationToken
    )
    {
        if (await StagedModel.CreateAsync(context, source, cancellationToken) is { } model)
            return model;
        ModelSettings.RejectFor(context, source);
        // A file in another format would be reported as a manifest with an error at its first character.
        if (File.Exists(source) && ScriptLanguage.Of(source) is null && !source.EndsWith(".json", IgnoreCase))
            throw new HeadraceException(
                $"{source} cannot be installed. Install a script ({string.Join(", ", Extensions)}), a model (.onnx), a "
                    + $"manifest (NAME{MethodManifest.Extension}), or a folder with one of them."
            );
        return await StagedScript.CreateAsync(source, cancellationToken);
    }

    private static void WarnOfUnavailable(
        CommandContext context,
        IReadOnlyList<InstalledMethod> installed,
        CancellationToken cancellationToken
    )
    {
        using var executions = new Executions(TimeProvider.System);
        foreach (var manifest in installed.Select(method => method.Manifest!))
            if (MethodCheck.Run(manifest, executions, cancellationToken) is { } reason)
                context.Terminal.WriteError(
                    $"{manifest.Name} is not available on this machine yet: {reason} Workers check again every minute."
                );
    }

    private static void RejectIncluded(MethodManifest manifest)
    {
        var included = WorkerStartCommand.IncludedMethods();
        if (included.Any(method => method.Name == manifest.Name.Name.Text))
            throw new UsageException($"{manifest.Name.Name} is a built-in method of Headrace. Choose another name.");
    }
}
