using System.Text.Json;
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
                        (reading.MayBeRepeated ? "bad-result" : "job-failed", fault),
                        job
                    ),
                    Text = fault,
                    HasFailed = true,
                };
        var value = isSimulation ? JsonSerializer.SerializeToElement(reading.Value) : ValueOf(outcome.Result);
        return new ServingTurn
        {
            Response = ResponseWriter.Pair(served.Request, value),
            Text = isSimulation ? $"value {reading.Value}" : "result",
        };
    }

    /// <summary>Returns a result as JSON; a result that is none as text.</summary>
    private static JsonElement ValueOf(ReadOnlyMemory<byte> result)
    {
        try
        {
            using var document = JsonDocument.Parse(result);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(System.Text.Encoding.UTF8.GetString(result.Span));
        }
    }
}
