using System.CommandLine;
using System.Globalization;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Protocol.Json;
using Headrace.Worker.Manifests;

namespace Headrace.Cli.Commands.Methods.Models;

/// <summary>The options of <c>headrace methods install</c> that apply to models.</summary>
internal static class ModelSettings
{
    private static readonly Option<string?> MethodName = new("--name")
    {
        Description = "The name of the method that runs a model; by default, the file name without its extension.",
        HelpName = "METHOD",
    };

    private static readonly Option<int?> MethodVersion = Options.WholeNumber(
        "--version",
        "The version of the method that runs a model; default 1. Versions are offered side by side."
    );

    private static readonly Option<int?> MaxBatch = Options.WholeNumber(
        "--max-batch",
        "The maximum number of jobs in one call to a model, 1 to 256; default 64."
    );

    private static readonly Option<TimeSpan?> MaxWait = Options.Duration(
        "--max-wait",
        "How long the first job in a batch for a model waits for others, at most 1s; default 2ms."
    );

    private static readonly Option<string?> PreferredBatches = new("--preferred-batches")
    {
        Description = "Sizes at which a batch for a model starts immediately, such as 16,32.",
        HelpName = "N,N",
    };

    private static readonly Option<int?> Threads = Options.WholeNumber(
        "--threads",
        "The number of threads that one call to a model uses; default 1."
    );

    private static readonly Option<string[]> Outputs = new("--output")
    {
        Description =
            "An output of a model to return. Repeat the option for several outputs; by default, all are returned.",
        HelpName = "NAME",
    };

    private static readonly Option[] All =
    [
        MethodName,
        MethodVersion,
        MaxBatch,
        MaxWait,
        PreferredBatches,
        Threads,
        Outputs,
    ];

    public static void AddTo(Command command)
    {
        foreach (var option in All)
            command.Add(option);
    }

    /// <summary>Returns the name of the method that runs a model.</summary>
    public static string NameOf(CommandContext context, string model) =>
        context.Value(MethodName) ?? Path.GetFileNameWithoutExtension(model);

    public static int VersionOf(CommandContext context) => context.Value(MethodVersion) ?? 1;

    /// <summary>Returns the arguments for <c>headrace-onnx describe</c> that correspond to the options.</summary>
    /// <exception cref="UsageException">The preferred batch sizes are not a list of numbers.</exception>
    public static IEnumerable<string> Arguments(CommandContext context)
    {
        if (context.Value(MaxBatch) is { } batch)
            yield return batch is >= 1 and <= WarmOptions.MaxBatch
                ? $"--max-batch={Number(batch)}"
                : throw new UsageException(
                    $"--max-batch {Number(batch)} is not valid: specify 1 to {Number(WarmOptions.MaxBatch)}."
                );
        if (context.Value(MaxWait) is { } wait)
            yield return wait <= WarmOptions.MaxBatchWait
                ? $"--max-wait={DurationText.ToText(wait)}"
                : throw new UsageException(
                    $"--max-wait {DurationText.ToText(wait)} is not valid: specify at most "
                        + $"{DurationText.ToText(WarmOptions.MaxBatchWait)}."
                );
        foreach (var size in context.Value(PreferredBatches)?.Split(',') ?? [])
            yield return int.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? $"--preferred-batch={Number(number)}"
                : throw new UsageException(
                    $"--preferred-batches contains '{size}'. Specify whole numbers separated by commas, such as 16,32."
                );
        if (context.Value(Threads) is { } threads)
            yield return threads is >= 1 and <= 1_024
                ? $"--threads={Number(threads)}"
                : throw new UsageException($"--threads {threads} is not valid: specify 1 to 1024.");
        foreach (var output in context.Value(Outputs) ?? [])
            yield return $"--output={output}";
    }

    /// <summary>Throws if a model option was given but the source is not a model.</summary>
    /// <exception cref="UsageException">An option does not apply.</exception>
    public static void RejectFor(CommandContext context, string source)
    {
        if (All.FirstOrDefault(context.IsSet) is { } option)
            throw new UsageException(
                $"{option.Name} applies only to models (.onnx). The manifest or the script {source} must specify this "
                    + "itself; see docs/methods.md and docs/python.md."
            );
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
