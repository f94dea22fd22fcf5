using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Jobs;

namespace Headrace.Server.Compat;

/// <summary>One cell of a table: one problem, one method, and the job that measures it.</summary>
/// <param name="Problem">The problem.</param>
/// <param name="Method">The name of the method in replies; null if the job describes the problem.</param>
/// <param name="Job">The job that measures the method, or describes the problem.</param>
internal sealed record Seed004Cell(Seed004Problem Problem, string? Method, JobId Job)
{
    /// <summary>The values, error and time; null unless the job succeeded.</summary>
    public Seed004Answer? Answer { get; private init; }

    /// <summary>The description of the problem; null unless the job describes the problem and succeeded.</summary>
    public Seed004Description? Description { get; private init; }

    /// <summary>Why the cell is empty or inaccurate; null if it is neither.</summary>
    public string? Reason { get; private init; }

    /// <summary>Whether the cell is final. A deleted job is submitted again by the next request.</summary>
    public bool HasEnded { get; private init; }

    /// <summary>Whether the method rejected the parameters of the request.</summary>
    public bool IsRejected { get; private init; }

    public Instant? Submitted { get; private init; }

    public Instant? Ended { get; private init; }

    public static bool HasResult(FoundJob? found) =>
        found is FoundJob.Ended { Row.Job.Status.State: JobState.Succeeded };

    /// <summary>Returns the cell for the current state of a job.</summary>
    /// <param name="task">The task of the job.</param>
    /// <param name="job">The id of the job.</param>
    /// <param name="found">The job; null if it has been deleted since.</param>
    /// <param name="result">The stored result; null if the job has none.</param>
    public static Seed004Cell Of(Seed004Task task, JobId job, FoundJob? found, PayloadRow? result)
    {
        var cell = new Seed004Cell(task.Problem, task.Method, job) { Submitted = found?.Job.Spec.Submitted };
        if (found is not FoundJob.Ended { Row: var row })
            return cell with { Reason = "The job has not ended yet." };
        cell = cell with { HasEnded = true, IsRejected = row.Reason == FailReason.Rejected, Ended = row.Ended };
        if (!HasResult(found))
            return cell with { Reason = row.Error?.Message ?? EndDescription.Of(row) };
        if (task.Method is null)
            return Read(result, CompatJson.Default.Seed004Description) is { IsComplete: true } description
                ? cell with
                {
                    Description = description,
                }
                : cell;
        var answer = task.References is { } references
            ? Read(result, CompatJson.Default.Seed004OctaveAnswer)?.ToAnswer(references)
            : Read(result, CompatJson.Default.Seed004Answer);
        return answer is { Cell.Values: not null }
            ? cell with
            {
                Answer = answer,
                Reason = answer.Cell.Reason,
            }
            : cell with
            {
                Reason = $"The result of job {job} cannot be read.",
            };
    }

    private static T? Read<T>(PayloadRow? result, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return result is { IsDamaged: false } ? JsonSerializer.Deserialize(result.Bytes.Span, type) : null;
        }
        catch (JsonException)
        {
            // Another program may have offered a method with this name and a different result format.
            return null;
        }
    }
}
