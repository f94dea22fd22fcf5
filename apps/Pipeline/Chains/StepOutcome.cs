namespace Headrace.Apps.Pipeline.Chains;

/// <summary>How a job of a chain or of the method server ended.</summary>
/// <param name="Result">The result; empty if the job did not succeed.</param>
/// <param name="Failure">Why the job did not succeed; null if it did.</param>
internal sealed record StepOutcome(ReadOnlyMemory<byte> Result, string? Failure)
{
    /// <summary>The content type of the result; null if it has none.</summary>
    public string? ResultType { get; init; }

    /// <summary>The type of the failure, for an envelope.</summary>
    public string ErrorType { get; init; } = "job-failed";

    /// <summary>
    /// True if the job failed because its program wrote something else than its method promises. The server does not
    /// repeat such a job.
    /// </summary>
    public bool IsRubbish { get; init; }
}
