using System.Globalization;

namespace Headrace.Apps.Pipeline.Chains;

/// <summary>What follows the end of a job of a chain.</summary>
/// <param name="Next">The next job; null if the chain has ended.</param>
/// <param name="Text">What happened, for the output.</param>
internal sealed record ChainTurn(ChainLink? Next, string Text)
{
    /// <summary>True if the chain stopped because its job failed.</summary>
    public bool HasFailed { get; init; }
}

/// <summary>
/// Decides how a chain continues: simulate, update the cache, evaluate, and start the next chain. Pure.
/// </summary>
internal static class ChainRule
{
    /// <summary>
    /// The number of simulations of a parameter, if they end well but return no value. The server repeats those that
    /// fail.
    /// </summary>
    public const int MaxTries = 3;

    public static ChainTurn Decide(ChainLink link, StepOutcome outcome)
    {
        var reading = link.Step == ChainStep.Evaluate ? StepReading.OfNext(outcome) : StepReading.OfValue(outcome);
        if (reading.Fault is { } fault)
            return reading.MayBeRepeated && link.Step == ChainStep.Simulate && link.Try < MaxTries
                ? new ChainTurn(link with { Try = link.Try + 1 }, Repeated(fault, link.Try))
                : new ChainTurn(null, Stopped(link, fault)) { HasFailed = true };
        return link.Step switch
        {
            ChainStep.Simulate => new ChainTurn(
                link with
                {
                    Step = ChainStep.UpdateCache,
                    Value = reading.Value,
                    Try = 1,
                },
                $"value {Text(reading.Value)}"
            ),
            ChainStep.UpdateCache => new ChainTurn(
                link with
                {
                    Step = ChainStep.Evaluate,
                },
                $"cached {Text(link.Value)}"
            ),
            _ when reading.Value is { } param => new ChainTurn(
                new ChainLink(link.Origin, link.Generation + 1, ChainStep.Simulate, param),
                $"even, starts a chain with {Text(param)}"
            ),
            _ => new ChainTurn(null, "odd, the chain ends"),
        };
    }

    /// <summary>Returns the parameter of the chain that a value starts; null if it starts none.</summary>
    public static long? NextParam(long value) => value % 2 == 0 ? 2 * value : null;

    /// <summary>Returns the text that announces another simulation.</summary>
    public static string Repeated(string fault, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{fault}; repeated, try {number + 1} of {MaxTries}");

    private static string Stopped(ChainLink link, string fault) =>
        $"{fault}; chain {link.Chain} stops at {link.Step.ToName()}";

    private static string Text(long? number) => $"{number}";
}
