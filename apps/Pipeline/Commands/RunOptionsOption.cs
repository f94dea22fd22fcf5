using System.CommandLine;
using Headrace.Apps.Pipeline.Runs;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Core;
using Headrace.Protocol.Json;

namespace Headrace.Apps.Pipeline.Commands;

/// <summary>The options of a run, and those that are accepted because the seed has them.</summary>
internal static class RunOptionsOption
{
    private const int MaxScale = 1_000;

    private static readonly Option<string?> Method = new("--method")
    {
        Description =
            "The method that simulates a parameter. It receives 'param' and returns a whole number, alone or as the "
            + "member 'value' of a JSON object. [default: pipeline.simulate]",
        HelpName = "METHOD",
    };
    private static readonly Option<double?> Scale = Options.Number(
        "--scale",
        "Multiplies the duration of pipeline.simulate, which is 1 s for an even parameter and 2 s for an odd one. "
            + "[default: 1]"
    );
    private static readonly Option<int?> Seed = Options.WholeNumber(
        "--seed",
        "Makes each value of pipeline.simulate a function of its parameter. [default: 0, other values in each run]"
    );
    private static readonly Option<TimeSpan?> TimeLimit = Options.Duration(
        "--time-limit",
        "The time limit of a simulation. One that hangs is ended and repeated. [default: "
            + $"{RunOptions.DefaultTimeLimit}]"
    );
    private static readonly Option<int?> Retries = Options.WholeNumber(
        "--retries",
        "How often a failed simulation is repeated. [default: 3, or as the method says]"
    );
    public static readonly Option<bool> Debug = new("--debug", "-d") { Description = "Also report each message." };
    private static readonly Option<bool> Mac = new("--mac", "-m") { Description = "Accepted, without effect." };

    public static void AddTo(CliCommand command)
    {
        foreach (var option in new Option[] { Method, Scale, Seed, TimeLimit, Retries, Debug, Mac })
            command.Add(option);
    }

    public static RunOptions Of(CommandContext context)
    {
        var defaults = new RunOptions();
        var options = new RunOptions
        {
            Method = context.Value(Method) ?? defaults.Method,
            Scale = context.Value(Scale) ?? defaults.Scale,
            Seed = context.Value(Seed) ?? defaults.Seed,
            TimeLimit = context.Value(TimeLimit) is { } limit ? DurationText.ToText(limit) : defaults.TimeLimit,
            Retries = context.Value(Retries),
            Redis = PortOptions.RedisOf(context)?.Broker.ToString(),
        };
        if (!MethodRef.TryParse(options.Method, out _))
            throw new UsageException(
                $"--method is '{options.Method}', which is not valid. Use a name such as pipeline.simulate."
            );
        if (options.Scale is not (>= 0 and <= MaxScale))
            throw new UsageException($"--scale is {options.Scale}. Use a number from 0 to {MaxScale}.");
        if (options.Seed < 0)
            throw new UsageException($"--seed is {options.Seed}. Use a whole number from 0.");
        return options;
    }
}
