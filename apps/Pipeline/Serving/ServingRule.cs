using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Headrace.Apps.Pipeline.Chains;
using Headrace.Apps.Pipeline.Messages;

namespace Headrace.Apps.Pipeline.Serving;

/// <summary>What follows the end of a job of the method server: a response, or another job.</summary>
internal sealed record ServingTurn
{
    public ReadOnlyMemory<byte>? Response { get; init; }

    public ServedRequest? Again { get; init; }

    /// <summary>What happened, for the output.</summary>
    public required string Text { get; init; }

    public bool HasFailed { get; init; }
}

/// <summary>Decides how the method server responds. Pure.</summary>
internal static class ServingRule
{
    /// <param name="served">The request.</param>
    /// <param name="outcome">How its job ended.</param>
    /// <param name="job">The id of the job, and its attempts.</param>
    public static ServingTurn Decide(ServedRequest served, StepOutcome outcome, (string Id, int Attempts) job)
    {
        var isSimulation = served.Request.Method == PipelineRequest.DefaultMethod;
        if (!isSimulation && outcome.Failure is null)
            return Whole(served, outcome, job);
        var reading = isSimulation ? StepReading.OfValue(outcome) : new StepReading(null, outcome.Failure);
        if (reading.Fault is { } fault)
            return reading.MayBeRepeated && served.Try < ChainRule.MaxTries
                ? new ServingTurn
                {
                    Again = served with { Try = served.Try + 1 },
                    Text = ChainRule.Repeated(fault, served.Try),
                }
                : new ServingTurn
                {
                    Response = ResponseWriter.Failure(
                        served.Request,
                        (reading.MayBeRepeated ? "bad-result" : outcome.ErrorType, fault),
                        job
                    ),
                    Text = fault,
                    HasFailed = true,
                };
        return new ServingTurn
        {
            Response = ResponseWriter.Pair(served.Request, JsonSerializer.SerializeToElement(reading.Value)),
            Text = $"value {reading.Value}",
        };
    }

    /// <summary>
    /// Responds with a whole result as JSON; with one that is none as text, and with one that is no text either as
    /// base64, in the form of a bridge.
    /// </summary>
    private static ServingTurn Whole(ServedRequest served, StepOutcome outcome, (string Id, int Attempts) job)
    {
        var json = StrictJson.Read(outcome.Result);
        if (json.Fault is { } fault)
            return new ServingTurn
            {
                Response = ResponseWriter.Failure(
                    served.Request,
                    ("bad-result", $"succeeded, but its result is not valid JSON: {fault}"),
                    job
                ),
                Text = $"succeeded, but its result is not valid JSON: {fault}",
                HasFailed = true,
            };
        var value =
            json.Value
            ?? (
                Utf8.IsValid(outcome.Result.Span)
                    ? JsonSerializer.SerializeToElement(Encoding.UTF8.GetString(outcome.Result.Span))
                    : JsonSerializer.SerializeToElement(
                        new { resultType = outcome.ResultType, resultBase64 = outcome.Result.ToArray() }
                    )
            );
        return new ServingTurn { Response = ResponseWriter.Pair(served.Request, value), Text = "result" };
    }
}
