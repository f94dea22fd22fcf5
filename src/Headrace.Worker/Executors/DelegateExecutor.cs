using Headrace.Worker.Exchange;
using Headrace.Worker.Methods;

namespace Headrace.Worker.Executors;

/// <summary>
/// Calls a delegate once for each job. The state machine assigns several short jobs to a slot in advance, and they run
/// on one thread, because waking a thread costs as much as running ten of the shortest jobs.
/// <para>For the same reason, the loop is woken only when no job is available or <see cref="MinWakeInterval"/> has
/// passed since the last wake-up. If a job runs unexpectedly long, the loop reads the ends of the earlier jobs when the
/// slot's timeout expires (<see cref="Leases.WorkerRules.LocalQueueTimeout"/>). It sets a timer for this timeout as
/// long as an assigned job has not started.</para>
/// </summary>
internal sealed class DelegateExecutor(BoundDelegate method, Type returnType) : IMethodExecutor
{
    /// <summary>
    /// Minimum interval between two wake-ups: a tenth of the time that it takes to record one round of outcomes.
    /// </summary>
    private static readonly TimeSpan MinWakeInterval = TimeSpan.FromMicroseconds(500);

    private readonly ResultReader.Reader _read = ResultReader.For(returnType);

    public async Task RunAsync(JobReader jobs, CancellationToken cancellationToken)
    {
        var call = jobs.Call;
        // The delegate cannot be killed, so the token is not used.
        while (await call.WaitToReadAsync(CancellationToken.None))
            await RunAvailableAsync(call);
    }

    private async ValueTask RunAvailableAsync(ExecutorCall call)
    {
        TimeSample? now = null;
        var woken = call.Clock.GetTimestamp();
        while (call.TryStartNextSilently(now) is { } job)
        {
            var run = RunAsync(job);
            if (!run.IsCompleted)
            {
                call.Flush();
                job.EndSilently(await run);
                call.Flush();
                // The code that completed the awaited operation resumes this method and must not be delayed by further
                // jobs.
                await Task.Yield();
                return;
            }
            job.EndSilently(await run);
            now = job.EndedAt;
            if (call.Clock.GetElapsedTime(woken, job.EndedAt.Timestamp) < MinWakeInterval)
                continue;
            call.Flush();
            woken = job.EndedAt.Timestamp;
        }
    }

    // Catches every exception, so that a failing job never affects the worker.
    private async ValueTask<JobOutcome> RunAsync(JobAttempt job)
    {
        try
        {
            var result = await _read(method.Call(job));
            return JobOutcome.Succeeded(result.Bytes, result.ContentType);
        }
        catch (Exception thrown)
        {
            return JobOutcome.Failed(thrown);
        }
    }
}
