using Headrace.Core;
using Headrace.Protocol.Exchange;
using Headrace.Protocol.Json;
using Headrace.Worker.Exchange;
using Headrace.Worker.Leases;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;

namespace Headrace.Worker;

/// <summary>
/// Describes how an execution ended. Create one with a static method, and add measurements with a <c>with</c>
/// expression.
/// </summary>
/// <example><code>
/// job.End(JobOutcome.Succeeded(output, "text/plain") with { CpuTime = usage.Cpu, PeakMemoryBytes = usage.PeakBytes });
/// </code></example>
public sealed record JobOutcome
{
    /// <summary>The error type of an execution that exceeded its time limit.</summary>
    private const string TimeLimitType = "TimeLimit";

    private JobOutcome(Kind kind)
    {
        Kind = kind;
    }

    /// <summary>
    /// Gets the CPU time that the execution used. Null if it was not measured; the worker measures the time of methods
    /// that stay on one of its threads.
    /// </summary>
    public TimeSpan? CpuTime { get; init; }

    /// <summary>
    /// Gets the largest amount of memory that the execution used, in bytes; null if it was not measured.
    /// </summary>
    public long? PeakMemoryBytes { get; init; }

    internal Kind Kind { get; private init; }

    internal ReadOnlyMemory<byte> Result { get; private init; }

    internal string ContentType { get; private init; } = "";

    internal OutcomeError? Error { get; private init; }

    /// <summary>Gets a value indicating whether the exception means only that the execution was cancelled.</summary>
    internal bool IsCancellation { get; private init; }

    /// <summary>Gets a value indicating whether a crashed process was running only this job.</summary>
    internal bool WasAlone { get; private init; }

    /// <summary>
    /// The job has a result. If the result is larger than 1 MB, the job fails as <c>too-large</c> instead.
    /// </summary>
    /// <param name="result">The result.</param>
    /// <param name="contentType">The content type of the result, such as <c>image/png</c>.</param>
    /// <returns>The outcome.</returns>
    public static JobOutcome Succeeded(ReadOnlyMemory<byte> result, string contentType)
    {
        ArgumentNullException.ThrowIfNull(contentType);
        return result.Length <= WorkerRules.MaxResultBytes
            ? new JobOutcome(Kind.Succeeded) { Result = result, ContentType = contentType }
            : TooLarge(
                $"The result is {result.Length} bytes; the limit is {WorkerRules.MaxResultBytes} bytes."
            );
    }

    /// <summary>The execution failed. The job runs again if it has retries left.</summary>
    /// <param name="type">A short name for the kind of failure, such as <c>ExitCode</c>.</param>
    /// <param name="message">A description of the failure, of which at most 4,096 characters are kept.</param>
    /// <param name="detail">Further text for a developer, of which at most 16,384 characters are kept.</param>
    /// <param name="retryable">False to fail the job at once, even if it has retries left.</param>
    /// <returns>The outcome.</returns>
    public static JobOutcome Failed(string type, string message, string? detail = null, bool retryable = true) =>
        new(Kind.Failed) { Error = ErrorOf(type, message, detail, retryable) };

    /// <summary>The execution failed with an exception, as if a method had thrown it.</summary>
    /// <param name="exception">
    /// The reason. A <see cref="JobRejectedException"/> rejects the job, a <see cref="JobFailedException"/> states
    /// whether the job can be retried, and any other exception is a retryable failure.
    /// </param>
    /// <returns>The outcome.</returns>
    public static JobOutcome Failed(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        var (kind, error) = ExceptionOutcome.Of(exception);
        return new JobOutcome(kind) { Error = error, IsCancellation = exception is OperationCanceledException };
    }

    /// <summary>The input can never be processed. The job fails as <c>rejected</c> and is not retried.</summary>
    /// <param name="message">A message that states the invalid value and the expected one.</param>
    /// <returns>The outcome.</returns>
    public static JobOutcome Rejected(string message) =>
        new(Kind.Rejected) { Error = ErrorOf("Rejected", message, null, retryable: false) };

    /// <summary>The result exceeds the size limit. The job fails as <c>too-large</c>.</summary>
    /// <param name="message">The size and the limit.</param>
    /// <returns>The outcome.</returns>
    public static JobOutcome TooLarge(string message) =>
        new(Kind.TooLarge) { Error = ErrorOf("TooLarge", message, null, retryable: false) };

    /// <summary>
    /// The execution stopped because its token was cancelled. Without a stop request, the job is requeued.
    /// </summary>
    /// <param name="message">The known details about the stop; null if none are known.</param>
    /// <returns>The outcome.</returns>
    public static JobOutcome Cancelled(string? message = null) =>
        new(Kind.Cancelled) { Error = message is null ? null : ErrorOf("Cancelled", message, null, retryable: true) };

    /// <summary>
    /// The execution ended for a reason that is unrelated to the job, for example because the executor killed a process
    /// that also ran another job. The job is requeued and uses no retry. If the method is mapped with
    /// <see cref="MethodBuilder.FailWhenLost"/>, the job fails as <c>lost</c>, because it may already have taken
    /// effect.
    /// </summary>
    /// <returns>The outcome.</returns>
    public static JobOutcome Released() => new(Kind.Released);

    /// <summary>
    /// A process that the executor started died while it ran the job. The broker decides how to continue: the job runs
    /// again, in isolation, until it fails as <c>poison</c> after repeated crashes. Report each job that the process
    /// was running, and do not count crashes in the executor.
    /// </summary>
    /// <param name="message">How the process died, such as <c>"The process was killed by SIGSEGV."</c></param>
    /// <param name="wasAlone">True if the process was running only this job.</param>
    /// <param name="detail">Further text for a developer, such as the end of the standard error output.</param>
    /// <returns>The outcome.</returns>
    public static JobOutcome Crashed(string message, bool wasAlone, string? detail = null) =>
        new(Kind.Crashed) { Error = ErrorOf("Crashed", message, detail, retryable: true), WasAlone = wasAlone };

    /// <summary>
    /// The execution was stopped at a time limit. The job runs again if it has retries left, and otherwise fails as
    /// <c>timeout</c>.
    /// </summary>
    /// <param name="limit">The limit.</param>
    /// <param name="stopped">How the execution ended after the request to stop.</param>
    /// <param name="method">The method that sets the limit; null if the limit is the job's own.</param>
    internal static JobOutcome TimedOut(TimeSpan limit, JobOutcome stopped, MethodRef? method = null)
    {
        // The message of an exception would only repeat that the execution was stopped.
        var end = stopped is { Kind: Kind.Cancelled, Error.Message: { Length: > 0 } message } ? $" {message}" : "";
        var error = ErrorOf(
            TimeLimitType,
            $"{TimeLimitText(limit, method)}{end}",
            stopped.Error?.Detail,
            retryable: true
        );
        return stopped with { Kind = Kind.TimedOut, Error = error, IsCancellation = false, WasAlone = false };
    }

    /// <summary>Returns the sentence that states which time limit a job exceeded.</summary>
    internal static string TimeLimitText(TimeSpan limit, MethodRef? method = null)
    {
        var origin = method is null ? "" : $", set by {method}";
        return $"The job exceeded its time limit of {DurationText.ToText(limit)}{origin}.";
    }

    private static OutcomeError ErrorOf(string type, string message, string? detail, bool retryable)
    {
        ArgumentNullException.ThrowIfNull(type);
        ArgumentNullException.ThrowIfNull(message);
        return new OutcomeError
        {
            Type = ExceptionText.Truncate(type, ExceptionText.MaxType),
            Message = ExceptionText.Truncate(message, ExceptionText.MaxMessage),
            Detail = ExceptionText.Truncate(detail ?? "", ExceptionText.MaxDetail),
            Retryable = retryable,
        };
    }
}
