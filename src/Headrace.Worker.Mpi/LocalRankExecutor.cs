using System.Diagnostics;
using Headrace.Mpi;

namespace Headrace.Worker.Mpi;

/// <summary>Runs jobs on ranks that are threads of the worker process.</summary>
internal sealed class LocalRankExecutor(RankDelegate method, int ranks) : IMethodExecutor
{
    public Task RunAsync(JobReader jobs, CancellationToken cancellationToken) =>
        method.RunsTogether ? RunTogetherAsync(jobs) : RunEachAsync(jobs);

    // The delegate cannot be killed, so the executor's token is not used.
    private async Task RunTogetherAsync(JobReader jobs)
    {
        await foreach (var job in jobs.ReadAllAsync(CancellationToken.None))
            job.End(
                Outcome(
                    job,
                    () =>
                        LocalRanks.Run(ranks, communicator => method.Call(job, communicator), job.CancellationToken)[0]
                )
            );
    }

    private async Task RunEachAsync(JobReader jobs)
    {
        using var idle = new SemaphoreSlim(ranks);
        while (await jobs.WaitToReadAsync(CancellationToken.None))
        {
            await idle.WaitAsync(CancellationToken.None);
            if (jobs.TryRead(out var job))
                Start(job, idle);
            else
                idle.Release();
        }
        // Once every place is free, all threads have ended.
        for (var i = 0; i < ranks; i++)
            await idle.WaitAsync(CancellationToken.None);
    }

    private void Start(JobExecution job, SemaphoreSlim idle) =>
        new Thread(() =>
        {
            job.End(Outcome(job, () => method.Call(job, null)));
            idle.Release();
        })
        {
            IsBackground = true,
            Name = "rank",
        }.Start();

    // Catches every exception, so that a failing job never affects the worker.
    private static JobOutcome Outcome(JobExecution job, Func<MethodResult> call)
    {
        // The threads that the call starts inherit the activity.
        Activity.Current = job.Span;
        try
        {
            var result = call();
            return JobOutcome.Succeeded(result.Bytes, result.ContentType);
        }
        catch (Exception thrown)
        {
            return JobOutcome.Failed(thrown);
        }
    }
}
