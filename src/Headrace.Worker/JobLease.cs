namespace Headrace.Worker;

/// <summary>
/// Represents a job that a <c>MapStream</c> or <c>MapBatch</c> method is processing. The method ends each job with
/// <see cref="Succeed"/> or <see cref="Fail"/>, from any thread and in any order. The first call wins.
/// </summary>
/// <typeparam name="TInput">The input that the binding delegate created from the job.</typeparam>
public abstract class JobLease<TInput> : JobContext
{
    /// <summary>Gets the input that was created from the job's parameters and body.</summary>
    public abstract TInput Input { get; }

    /// <summary>
    /// Gets the token that is cancelled when the job should stop. In that case, end the job with <c>Fail(new
    /// OperationCanceledException(job.CancellationToken))</c>. If the method does not end it within ten seconds, the
    /// worker ends its process.
    /// </summary>
    public abstract CancellationToken CancellationToken { get; }

    /// <summary>
    /// Ends the job with a result: bytes and strings are stored unchanged, a <see cref="MethodResult"/> with its own
    /// content type, and any other value as JSON.
    /// </summary>
    /// <param name="result">The result.</param>
    public abstract void Succeed(object? result);

    /// <summary>
    /// Ends the job with a failure, as if a method called for this job alone had thrown the exception.
    /// </summary>
    /// <param name="exception">
    /// The reason. A <see cref="JobRejectedException"/> rejects the job, a <see cref="JobFailedException"/> states
    /// whether the job can be retried, and any other exception is a retryable failure.
    /// </param>
    public abstract void Fail(Exception exception);
}
