using Headrace.Worker;
using Headrace.Worker.Leases;

namespace Headrace.Tests.Worker.Shapes;

/// <summary>
/// Maps a function that is called once for each job as a method of any kind, so that one test can cover every kind.
/// </summary>
internal static class Mapped
{
    /// <summary>The number of concurrent jobs of stream and batch methods.</summary>
    public const int Concurrency = 4;

    public static MethodBuilder As(
        ShapeKind shape,
        HeadraceWorker app,
        string name,
        Func<JobContext, int, CancellationToken, Task<object?>> work
    ) =>
        shape switch
        {
            ShapeKind.Single => app.MapMethod(
                name,
                (JobContext job, CancellationToken stop, int i = 0) => work(job, i, stop)
            ),
            ShapeKind.Stream => app.MapStream<int>(
                name,
                Concurrency,
                (int i = 0) => i,
                jobs => StreamAsync(jobs, work)
            ),
            _ => app.MapBatch<int>(
                name,
                Concurrency,
                TimeSpan.Zero,
                (int i = 0) => i,
                jobs => Task.WhenAll(jobs.Select(job => OneAsync(job, work)))
            ),
        };

    private static async Task StreamAsync(
        JobReader<int> jobs,
        Func<JobContext, int, CancellationToken, Task<object?>> work
    )
    {
        var running = new List<Task>();
        while (true)
        {
            running.RemoveAll(lane => lane.IsCompleted);
            if (running.Count < Concurrency && jobs.TryRead(out var job))
            {
                // Runs on another thread, because the function may block its thread.
                running.Add(Task.Run(() => OneAsync(job, work)));
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

    private static async Task OneAsync(JobLease<int> job, Func<JobContext, int, CancellationToken, Task<object?>> work)
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
