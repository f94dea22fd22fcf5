using Headrace.Worker;
using Headrace.Worker.Leases;

namespace Headrace.Tests.Worker.Shapes;

/// <summary>Maps the same work, one call for each job, as each kind of method, for the tests of all kinds.</summary>
internal static class Mapped
{
    /// <summary>The number of concurrent jobs of stream and batch methods.</summary>
    public const int AtOnce = 4;

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
            ShapeKind.Stream => app.MapStream<int>(name, AtOnce, (int i = 0) => i, jobs => StreamAsync(jobs, work)),
            _ => app.MapBatch<int>(
                name,
                AtOnce,
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
        var lanes = new List<Task>();
        while (true)
        {
            lanes.RemoveAll(lane => lane.IsCompleted);
            if (lanes.Count < AtOnce && jobs.TryRead(out var job))
            {
                // Not on this loop, because some of the work blocks its thread.
                lanes.Add(Task.Run(() => OneAsync(job, work)));
                continue;
            }
            if (lanes.Count == 0 && !await jobs.WaitToReadAsync())
                return;
            if (lanes.Count == AtOnce)
                await Task.WhenAny(lanes);
            else if (lanes.Count > 0)
                await Task.WhenAny([.. lanes, jobs.WaitToReadAsync().AsTask()]);
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
