using Headrace.Worker;
using Headrace.Worker.Leases;

namespace Headrace.Tests.Worker.Shapes;

/// <summary>Maps the same work, one call for each job, as each kind of method, for the tests of all kinds.</summary>
internal static class Mapped
{
    /// <summary>The number of concurrent jobs of stream and batch methods.</summary>
    public const int AtOnce = 4;

    public static MappedMethod As(
        ShapeKind shape,
        HeadraceApp app,
        string name,
        Func<IJob, int, CancellationToken, Task<object?>> work
    ) =>
        shape switch
        {
            ShapeKind.Single => app.MapMethod(
                name,
                (IJob job, CancellationToken stop, int i = 0) => work(job, i, stop)
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
        IncomingJobs<int> jobs,
        Func<IJob, int, CancellationToken, Task<object?>> work
    )
    {
        var lanes = new List<Task>();
        while (true)
        {
            lanes.RemoveAll(lane => lane.IsCompleted);
            if (lanes.Count < AtOnce && jobs.TryTake(out var job))
            {
                // Not on this loop, because some of the work blocks its thread.
                lanes.Add(Task.Run(() => OneAsync(job, work)));
                continue;
            }
            if (lanes.Count == 0 && !await jobs.WaitAsync())
                return;
            if (lanes.Count == AtOnce)
                await Task.WhenAny(lanes);
            else if (lanes.Count > 0)
                await Task.WhenAny([.. lanes, jobs.WaitAsync().AsTask()]);
        }
    }

    private static async Task OneAsync(IOpenJob<int> job, Func<IJob, int, CancellationToken, Task<object?>> work)
    {
        try
        {
            job.Succeed(await work(job, job.Input, job.Stop));
        }
        catch (Exception thrown)
        {
            job.Fail(thrown);
        }
    }
}
