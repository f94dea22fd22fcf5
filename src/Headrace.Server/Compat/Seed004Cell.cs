using System.Text.Json;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Jobs;

namespace Headrace.Server.Compat;

/// <summary>One cell of a table: one problem, one method, and the job that measures it.</summary>
/// <param name="Method">The name of the pricing method, without its prefix.</param>
/// <param name="Found">The job; null if it has been deleted since.</param>
internal sealed record Seed004Cell(Seed004Problem Problem, string Method, JobId Job, FoundJob? Found)
{
    /// <summary>What the method reports; null if the job has not succeeded.</summary>
    public Seed004Answer? Answer { get; private init; }

    /// <summary>Why the cell is empty or inaccurate; null if there is nothing to say.</summary>
    public string? Reason { get; private init; }

    /// <summary>Whether the cell is final. A deleted job is measured again by the next request.</summary>
    public bool HasEnded => Found is FoundJob.Ended;

    /// <summary>Whether the method rejected the parameters of the request.</summary>
    public bool IsRejected => Found is FoundJob.Ended { Row.Reason: FailReason.Rejected };

    public Instant? Submitted => Found?.Job.Spec.Submitted;

    public Instant? Ended => (Found as FoundJob.Ended)?.Row.Ended;

    public bool HasResult => Found is FoundJob.Ended { Row.Job.Status.State: JobState.Succeeded };

    /// <param name="result">The stored result; null if the job has none.</param>
    public Seed004Cell With(PayloadRow? result)
    {
        if (Found is not FoundJob.Ended ended)
            return this with { Reason = "The job has not ended yet." };
        if (!HasResult)
            return this with { Reason = ended.Row.Error?.Message ?? EndDescription.Of(ended.Row) };
        return Read(result) is { } answer
            ? this with
            {
                Answer = answer,
                Reason = answer.Cell.Reason,
            }
            : this with
            {
                Reason = $"The result of job {Job} cannot be read.",
            };
    }

    private static Seed004Answer? Read(PayloadRow? result)
    {
        try
        {
            return result is { IsDamaged: false }
                ? JsonSerializer.Deserialize(result.Bytes.Span, CompatJson.Default.Seed004Answer)
                : null;
        }
        catch (JsonException)
        {
            // Another program may have offered a method with this name.
            return null;
        }
    }
}
