using System.Diagnostics;
using Headrace.Worker.Methods;

namespace Headrace.Worker.Executors;

/// <summary>
/// Calls a delegate once for each job. The state machine assigns several short jobs to a slot in advance, and they run
/// on one thread, because waking a thread costs as much as running ten of the shortest jobs.
/// </summary>
internal sealed class DelegateExecutor(BoundDelegate method, Type returnType) : IMethodExecutor
{
    private readonly ResultReader.Reader _read = ResultReader.For(returnType);

    public async Task RunAsync(JobReader jobs, CancellationToken cancellationToken)
    {
        // The delegate cannot be killed, so the token is not used.
        while (await jobs.WaitToReadAsync(CancellationToken.None))
            while (jobs.TryRead(out var job))
            {
                var run = RunAsync(job);
                var isSynchronous = run.IsCompleted;
                job.End(await run);
                // The code that completed the awaited operation resumes this method and must not be delayed by further
                // jobs.
                if (!isSynchronous)
                    await Task.Yield();
            }
    }

    // Catches every exception, so that a failing job never affects the worker.
    private async ValueTask<JobOutcome> RunAsync(JobExecution job)
    {
        // The method continues the trace of the submission. The previous activity is restored when this call returns.
        if (job.Span is { } span)
            Activity.Current = span;
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
