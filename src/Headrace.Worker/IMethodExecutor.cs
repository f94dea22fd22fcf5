namespace Headrace.Worker;

/// <summary>
/// Runs the jobs of one method. <c>MapMethod</c>, <c>MapStream</c> and <c>MapBatch</c> are executors that call a
/// delegate; a custom executor can run jobs elsewhere, for example in another process.
/// </summary>
/// <remarks>
/// The worker holds the leases, reports the outcomes and drains; the executor only runs jobs and ends each of them.
/// </remarks>
public interface IMethodExecutor
{
    /// <summary>
    /// Runs jobs until the reader completes. The worker calls it once for each slot that the method needs, so several
    /// calls can run at the same time.
    /// </summary>
    /// <remarks>
    /// <para>
    /// The call must end each job that it has read with <see cref="JobExecution.End"/>, from any thread and in any
    /// order. When it throws or returns early, the jobs that it has read but not ended fail with that exception, and
    /// the worker calls it again for the next jobs.
    /// </para>
    /// <para>
    /// When the reader completes, the call ends everything that it has started, such as its processes, and returns. The
    /// worker waits five seconds for this before it cancels <paramref name="cancellationToken"/>.
    /// </para>
    /// </remarks>
    /// <param name="jobs">Reads the jobs of this call. All jobs of a call share one slot.</param>
    /// <param name="cancellationToken">
    /// Cancelled when the worker must end immediately. The call then has one second to end everything that it
    /// has started.
    /// </param>
    /// <returns>A task that completes when the call has ended everything that it has started.</returns>
    Task RunAsync(JobReader jobs, CancellationToken cancellationToken);
}
