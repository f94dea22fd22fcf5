using Headrace.Core.Jobs;

namespace Headrace.Worker;

/// <summary>
/// Describes the job for which a method is called. A method parameter of this type receives the job and is not part of
/// the method's schema.
/// </summary>
public abstract class JobContext
{
    /// <summary>Gets the id of the job.</summary>
    public abstract JobId Id { get; }

    /// <summary>
    /// Gets the number of this attempt, counted from 1. A job can run more than once: methods with external side
    /// effects should make them idempotent, using <see cref="Id"/> as the key, or distinguish attempts by this number.
    /// </summary>
    public abstract int Attempt { get; }

    /// <summary>Gets the name of the queue that the job was submitted to.</summary>
    public abstract string Queue { get; }

    /// <summary>Gets the name and version of the method, such as <c>forecast@2</c>.</summary>
    public abstract string Method { get; }

    /// <summary>Gets the body as submitted.</summary>
    public abstract ReadOnlyMemory<byte> Body { get; }

    /// <summary>Gets the content type of the body; null when none was specified.</summary>
    public abstract string? ContentType { get; }

    /// <summary>
    /// Gets the W3C trace context (<c>traceparent</c>) of this attempt, which continues the trace of the submission;
    /// null when the submission had none and the worker does not trace. A method that is called for one job at a time
    /// finds the same context in <see cref="System.Diagnostics.Activity.Current"/>.
    /// </summary>
    public virtual string? Traceparent => null;

    /// <summary>
    /// Reports the progress of the job. The call is cheap: the worker sends at most two reports per second, each with
    /// the latest values.
    /// </summary>
    /// <param name="fraction">The completed fraction, from 0 to 1.</param>
    /// <param name="text">A short description, of which at most 1,000 characters are kept.</param>
    /// <exception cref="ArgumentOutOfRangeException">The fraction is not a finite number.</exception>
    public abstract void ReportProgress(double fraction, string? text = null);

    /// <summary>Adds a line to the log of the attempt. The last 64 KB are kept.</summary>
    /// <param name="line">The text of the line.</param>
    public abstract void Log(string line);

    /// <summary>
    /// Submits a job as a child of this attempt. The child waits until the attempt succeeds; if it ends otherwise, the
    /// child is removed, and the next attempt submits its own children. Cancelling this job cancels its waiting
    /// children.
    /// </summary>
    /// <param name="child">The job to submit.</param>
    /// <param name="cancellationToken">
    /// Ends the wait for the reply. Whether the job was accepted is then unknown, so the attempt cannot succeed until
    /// the reply has arrived.
    /// </param>
    /// <returns>The id of the child, which is on disk.</returns>
    /// <exception cref="SubmissionRejectedException">The server has rejected the job.</exception>
    /// <exception cref="OperationCanceledException">
    /// The wait was cancelled, or the attempt no longer runs on this worker.
    /// </exception>
    public async Task<JobId> SubmitAsync(ChildJob child, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(child);
        return (await SubmitAsync([child], cancellationToken).ConfigureAwait(false))[0];
    }

    /// <summary>
    /// Submits jobs as children of this attempt: either all of them are accepted, or none. At most 1,000 children can
    /// wait for all the jobs that run on one worker.
    /// </summary>
    /// <param name="children">The jobs to submit: 1 to 1,000, together at most about 8 MB.</param>
    /// <param name="cancellationToken">Ends the wait for the reply.</param>
    /// <returns>The ids of the children, in the same order.</returns>
    /// <exception cref="SubmissionRejectedException">The server has rejected one of the jobs.</exception>
    /// <exception cref="OperationCanceledException">
    /// The wait was cancelled, or the attempt no longer runs on this worker.
    /// </exception>
    /// <exception cref="NotSupportedException">This kind of method cannot submit jobs.</exception>
    public virtual Task<IReadOnlyList<JobId>> SubmitAsync(
        IReadOnlyList<ChildJob> children,
        CancellationToken cancellationToken = default
    ) => throw new NotSupportedException("This kind of method cannot submit jobs.");
}
