using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Protocol.Json;
using Headrace.Worker.Onnx.Models;
using Headrace.Worker.Onnx.Serving;

namespace Headrace.Worker.Onnx.Commands;

/// <summary>
/// <c>headrace-onnx describe</c>: prints the manifest of a method that runs a model. <c>headrace methods install</c>
/// writes it next to the model.
/// </summary>
internal static class DescribeCommand
{
    private const int DefaultBatch = 64;
    private const int MaxDescription = 500;
    private static readonly TimeSpan DefaultWait = TimeSpan.FromMilliseconds(2);

    private static readonly Option<string> MethodName = new("--name")
    {
        Description = "The name of the method.",
        HelpName = "METHOD",
        Required = true,
    };

    private static readonly Option<int?> MethodVersion = Options.WholeNumber("--version", "The version of the method.");

    private static readonly Option<int?> MaxBatch = Options.WholeNumber(
        "--max-batch",
        "The maximum number of jobs in one call."
    );

    private static readonly Option<TimeSpan?> MaxWait = Options.Duration(
        "--max-wait",
        "How long the first job in a batch waits for others."
    );

    private static readonly Option<int[]> PreferredBatches = new("--preferred-batch")
    {
        Description = "A size at which a batch starts immediately. Repeat the option for several sizes.",
        HelpName = "N",
    };

    public static CliCommand Create()
    {
        var cliCommand = new CliCommand("describe", "Print the manifest of a method that runs a model.")
        {
            Examples = [("headrace-onnx describe score.onnx --name score", "Prints the manifest of score@1.")],
        };
        ModelOptions.AddTo(cliCommand);
        foreach (var option in (Option[])[MethodName, MethodVersion, MaxBatch, MaxWait, PreferredBatches])
            cliCommand.Add(option);
        cliCommand.SetAction(
            (context, _) =>
                ModelOptions.ReportAsync(
                    context,
                    () =>
                    {
                        var file = ModelOptions.FileOf(context);
                        using var model = LoadedModel.Open(file);
                        var methods = new JsonArray(ManifestOf(context, file, model));
                        context.Terminal.WriteLine(new JsonObject { ["methods"] = methods }.ToJsonString());
                    }
                )
        );
        return cliCommand;
    }

    private static JsonObject ManifestOf(CommandContext context, ModelFile file, LoadedModel model)
    {
        var manifest = new JsonObject
        {
            ["name"] = context.Value(MethodName),
            ["version"] = context.Value(MethodVersion) ?? 1,
            ["argv"] = CommandOf(ServeCommand.Name, file, model.Signature),
            ["check"] = CommandOf(CheckCommand.Name, file, model.Signature),
            ["params"] = model.Signature.Params,
            ["result"] = model.Signature.Result,
            // The location of the .NET runtime, if it is not in the usual folder.
            ["environment"] = new JsonObject { ["pass"] = new JsonArray("DOTNET_ROOT") },
            ["warm"] = new JsonObject
            {
                ["batch"] = context.Value(MaxBatch) ?? DefaultBatch,
                ["batchWait"] = DurationText.ToText(context.Value(MaxWait) ?? DefaultWait),
            },
        };
        if (model.Description is { Length: > 0 and <= MaxDescription } description)
            manifest.Insert(2, "description", description.ReplaceLineEndings(" "));
        if (context.Value(PreferredBatches) is { Length: > 0 } preferred)
            manifest["warm"]!["preferredBatches"] = new JsonArray([.. preferred.Select(size => (JsonNode)size)]);
        return manifest;
    }

    /// <summary>Returns the command line that runs this program for a model in the folder of its manifest.</summary>
    private static JsonArray CommandOf(string command, ModelFile file, ModelSignature signature)
    {
        List<string> arguments =
        [
            Literal(Environment.ProcessPath!),
            command,
            "{method}/" + Literal(Path.GetFileName(file.Path)),
            ModelOptions.SignatureName,
            signature.Fingerprint,
            ModelOptions.ThreadsName,
            file.Threads.ToString(CultureInfo.InvariantCulture),
        ];
        foreach (var output in file.Outputs)
            arguments.AddRange([ModelOptions.OutputName, Literal(output)]);
        return [.. arguments.Select(argument => (JsonNode)argument)];
    }

    /// <summary>
    /// Returns text in the form in which it is written in a manifest, where braces surround placeholders.
    /// </summary>
    private static string Literal(string text) =>
        text.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal);
}
