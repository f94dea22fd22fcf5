using Headrace.Worker;

namespace Headrace.Tests.Worker.Executors;

/// <summary>Maps the work with <c>MapMethod</c>.</summary>
public sealed class SingleMethod : ExecutorUnderTest
{
    public override MethodBuilder Map(HeadraceWorker app, string name, Work work) =>
        app.MapMethod(name, (JobContext job, CancellationToken stop, int i = 0) => work(job, i, stop));
}

/// <summary>Maps the work with <c>MapStream</c>.</summary>
public sealed class StreamMethod : ExecutorUnderTest
{
    public override MethodBuilder Map(HeadraceWorker app, string name, Work work) =>
        app.MapStream<int>(name, Concurrency, (int i = 0) => i, jobs => RunAsync(jobs, work));

    private static async Task RunAsync(JobReader<int> jobs, Work work)
    {
        var running = new List<Task>();
        while (true)
        {
            running.RemoveAll(lane => lane.IsCompleted);
            if (running.Count < Concurrency && jobs.TryRead(out var job))
            {
                // Runs on another thread, because the work may block its thread.
                running.Add(Task.Run(() => LeaseRun.RunAsync(job, work)));
                continue;
            }
            if (running.Count == 0 && !await jobs.WaitToReadAsync())
                return;
            if (running.Count == Concurrency)
                await Task.WhenAny(running);
            else if (running.Count > 0)
                await Task.WhenAny([.. running, jobs.WaitToReadAsync().AsTask()]);
        }
    }
}

/// <summary>Maps the work with <c>MapBatch</c>.</summary>
public sealed class BatchMethod : ExecutorUnderTest
{
    public override MethodBuilder Map(HeadraceWorker app, string name, Work work) =>
        app.MapBatch<int>(
            name,
            Concurrency,
            TimeSpan.Zero,
            (int i = 0) => i,
            jobs => Task.WhenAll(jobs.Select(job => LeaseRun.RunAsync(job, work)))
        );
}

/// <summary>Runs the work for a job in a stream or batch.</summary>
file static class LeaseRun
{
    public static async Task RunAsync(JobLease<int> job, Work work)
    {
        try
        {
            job.Succeed(await work(job, job.Input, job.CancellationToken));
        }
        catch (Exception thrown)
        {
            job.Fail(thrown);
        }
    }
}
