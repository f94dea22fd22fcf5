using Headrace.Core.Jobs;

namespace Headrace.Core;

/// <summary>
/// A worker's message that the store refuses is taken apart until the one outcome is alone that cannot be stored; that
/// one is recorded as failed, without its result (R5).
/// </summary>
internal static class OutcomeIsolation
{
    /// <summary>
    /// The message as several: a report for each outcome but the last, which nobody waits for, then the rest. Null
    /// where there is nothing to part.
    /// </summary>
    public static IReadOnlyList<Arrival>? Split(Arrival arrival)
    {
        if (MessageOf(arrival.Command) is not { } message || message.Outcomes.Count + message.Logs.Count < 2)
            return null;
        var parts = new List<Arrival>();
        foreach (var log in message.Logs)
            parts.Add(new Arrival(default, new Command.Report(message with { Outcomes = [], Logs = [log] }, [])));
        foreach (var outcome in message.Outcomes.SkipLast(1))
            parts.Add(new Arrival(default, new Command.Report(message with { Outcomes = [outcome], Logs = [] }, [])));
        parts.Add(
            arrival with
            {
                Command = With(
                    arrival.Command,
                    message with
                    {
                        Outcomes = [.. message.Outcomes.TakeLast(1)],
                        Logs = [],
                    }
                ),
            }
        );
        return parts;
    }

    /// <summary>
    /// The message without what its only outcome or log brought; null where nothing can be taken away.
    /// </summary>
    public static Arrival? Strip(Arrival arrival, string why)
    {
        if (MessageOf(arrival.Command) is not { } message || (message.Outcomes.Count == 0 && message.Logs.Count == 0))
            return null;
        if (message.Outcomes is [{ Error.Type: Unstorable }])
            return null;
        var error = new JobError(Unstorable, $"The store refused what the attempt brought: {why}", Retryable: false);
        var outcomes = message.Outcomes.Select(outcome => new Outcome(outcome.Lease, OutcomeKind.Failed)
        {
            Error = error,
        });
        return arrival with { Command = With(arrival.Command, message with { Outcomes = [.. outcomes], Logs = [] }) };
    }

    private const string Unstorable = "Unstorable";

    private static WorkerMessage? MessageOf(Command command) =>
        command switch
        {
            Command.Exchange exchange => exchange.Message,
            Command.Report report => report.Message,
            _ => null,
        };

    private static Command With(Command command, WorkerMessage message) =>
        command switch
        {
            Command.Exchange exchange => exchange with { Message = message },
            Command.Report report => report with { Message = message },
            _ => command,
        };
}
