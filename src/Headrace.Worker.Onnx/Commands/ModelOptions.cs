using System.CommandLine;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Core;
using Headrace.Worker.Onnx.Models;
using Headrace.Worker.Onnx.Serving;

namespace Headrace.Worker.Onnx.Commands;

/// <summary>The arguments of every command: a model, and how to run it.</summary>
internal static class ModelOptions
{
    public const string SignatureName = "--signature";
    public const string ThreadsName = "--threads";
    public const string OutputName = "--output";

    public static readonly Argument<string> Model = new("MODEL") { Description = "The model file." };

    public static readonly Option<int?> Threads = Options.WholeNumber(
        ThreadsName,
        "The number of threads that one run uses; default 1."
    );

    public static readonly Option<string[]> Outputs = new(OutputName)
    {
        Description = "An output to return. Repeat the option for several outputs; by default, all are returned.",
        HelpName = "NAME",
    };

    private static readonly Option<string?> Signature = new(SignatureName)
    {
        Description = "The signature of the model that was installed. A model with a different signature is rejected.",
        HelpName = "HEX",
    };

    public static void AddTo(Command command)
    {
        command.Add(Model);
        command.Add(Threads);
        command.Add(Outputs);
    }

    public static void AddInstalledTo(Command command)
    {
        AddTo(command);
        command.Add(Signature);
    }

    public static ModelFile FileOf(CommandContext context) =>
        new(Path.GetFullPath(context.Value(Model)))
        {
            Threads = context.Value(Threads) ?? 1,
            Outputs = context.Value(Outputs) ?? [],
        };

    /// <summary>
    /// Opens the model of an installed method. Throws <see cref="HeadraceException"/> if it cannot run, or if its file
    /// was replaced with a model that has different inputs or outputs.
    /// </summary>
    public static LoadedModel OpenInstalled(CommandContext context)
    {
        var file = FileOf(context);
        var model = LoadedModel.Open(file);
        if (context.Value(Signature) is not { } installed || installed == model.Signature.Fingerprint)
            return model;
        model.Dispose();
        throw new HeadraceException(
            $"The inputs or outputs of {Path.GetFileName(file.Path)} differ from those of the model that was "
                + "installed. Use headrace methods install to replace a model, and a new --version if its inputs or "
                + "outputs change."
        );
    }

    /// <summary>
    /// Runs an action. If it fails, writes only the reason, which the caller of this program includes in its own
    /// message.
    /// </summary>
    public static Task<int> ReportAsync(CommandContext context, Action run)
    {
        try
        {
            run();
            return Task.FromResult(ExitCode.Done);
        }
        catch (HeadraceException failed)
        {
            context.Terminal.WriteNote(failed.Message);
            return Task.FromResult(ExitCode.Usage);
        }
    }
}
