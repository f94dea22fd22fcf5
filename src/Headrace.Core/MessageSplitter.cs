using Headrace.Core.Jobs;

namespace Headrace.Core;

/// <summary>
/// Splits a worker message that the store rejects until the one outcome that cannot be stored is isolated. That outcome
/// is recorded as failed, without its result (R5).
/// </summary>
internal static class MessageSplitter
{
    /// <summary>
    /// Splits a message into several reports: one for each log, one for each outcome except the last, and one for
    /// everything else. Only the last report has a caller. Returns null if the message cannot be split.
    /// </summary>
    public static IReadOnlyList<PendingCommand>? Split(PendingCommand pending)
    {
        if (MessageOf(pending.Command) is not { } message || message.Outcomes.Count + message.Logs.Count < 2)
            return null;
        var parts = new List<PendingCommand>();
        foreach (var log in message.Logs)
            parts.Add(
                new PendingCommand(default, new Command.Report(message with { Outcomes = [], Logs = [log] }, []))
            );
        foreach (var outcome in message.Outcomes.SkipLast(1))
            parts.Add(
                new PendingCommand(default, new Command.Report(message with { Outcomes = [outcome], Logs = [] }, []))
            );
        parts.Add(
            pending with
            {
                Command = WithMessage(
                    pending.Command,
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
    /// Returns the message without the content of its only outcome or log. Returns null if the message contains nothing
    /// that can be removed.
    /// </summary>
    public static PendingCommand? ReplaceOutcomes(PendingCommand pending, Reason reason)
    {
        if (MessageOf(pending.Command) is not { } message || (message.Outcomes.Count == 0 && message.Logs.Count == 0))
            return null;
        if (message.Outcomes is [{ Error.Type: Unstorable }])
            return null;
        var error = new JobError(
            Unstorable,
            $"The store rejected the output of the attempt: {reason}",
            Retryable: false
        );
        var outcomes = message.Outcomes.Select(outcome => new Outcome(outcome.Lease, OutcomeKind.Failed)
        {
            Error = error,
        });
        return pending with
        {
            Command = WithMessage(pending.Command, message with { Outcomes = [.. outcomes], Logs = [] }),
        };
    }

    /// <summary>The type of the error that replaces an outcome that cannot be stored.</summary>
    public const string Unstorable = "Unstorable";

    private static WorkerMessage? MessageOf(Command command) =>
        command switch
        {
            Command.Exchange exchange => exchange.Message,
            Command.Report report => report.Message,
            _ => null,
        };

    private static Command WithMessage(Command command, WorkerMessage message) =>
        command switch
        {
            Command.Exchange exchange => exchange with { Message = message },
            Command.Report report => report with { Message = message },
            _ => command,
        };
}
