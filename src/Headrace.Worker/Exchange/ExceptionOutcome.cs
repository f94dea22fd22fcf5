using Headrace.Protocol.Exchange;
using Headrace.Worker.Methods;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;

namespace Headrace.Worker.Exchange;

/// <summary>Determines the outcome of an execution that threw an exception.</summary>
internal static class ExceptionOutcome
{
    public static (Kind Kind, OutcomeError Error) Of(Exception thrown) =>
        thrown switch
        {
            JobRejectedException rejected => (Kind.Rejected, Error(rejected, retryable: false)),
            JobFailedException failed => (Kind.Failed, Error(failed, failed.Retryable)),
            UnserializableResultException { InnerException: { } unwritable } => (
                Kind.Rejected,
                Error(unwritable, retryable: false) with
                {
                    Message = ExceptionText.Truncate(
                        $"The result cannot be serialized: {ExceptionText.MessageOf(unwritable)}",
                        ExceptionText.MaxMessage
                    ),
                }
            ),
            _ => (Kind.Failed, Error(thrown, retryable: true)),
        };

    private static OutcomeError Error(Exception thrown, bool retryable) =>
        new()
        {
            Type = ExceptionText.TypeOf(thrown),
            Message = ExceptionText.MessageOf(thrown),
            // A rejection is caused by the input, so a stack trace would not help the submitter.
            Detail = thrown is JobRejectedException ? "" : ExceptionText.DetailOf(thrown),
            Retryable = retryable,
        };
}
