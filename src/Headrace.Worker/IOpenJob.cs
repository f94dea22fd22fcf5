namespace Headrace.Worker;

/// <summary>
/// One of the many jobs that a method of <c>MapStream</c> or <c>MapBatch</c> has in hand. The method ends each by
/// itself, with <see cref="Succeed"/> or <see cref="Fail"/>, from any thread and in any order;
/// the first word counts.
/// </summary>
/// <typeparam name="TInput">What the mapped <c>read</c> made of the job.</typeparam>
public interface IOpenJob<out TInput> : IJob
{
    /// <summary>What was made of the job's parameters and body.</summary>
    TInput Input { get; }

    /// <summary>
    /// Cancelled when this job should end: end it then with <c>Fail(new OperationCanceledException(job.Stop))</c>,
    /// soon. A method that does not is ended with its process after ten seconds.
    /// </summary>
    CancellationToken Stop { get; }

    /// <summary>
    /// Ends the job with its result: bytes and text as they are, a <see cref="MethodResult"/> with its own content
    /// type, anything else as JSON.
    /// </summary>
    void Succeed(object? result);

    /// <summary>
    /// Ends the job as if a method of its own had thrown this: <see cref="JobRejectedException"/>,
    /// <see cref="JobFailedException"/>, anything else is a failure that may be tried again.
    /// </summary>
    void Fail(Exception why);
}
