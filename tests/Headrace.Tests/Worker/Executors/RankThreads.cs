using Headrace.Mpi;
using Headrace.Worker;
using Headrace.Worker.Mpi;

namespace Headrace.Tests.Worker.Executors;

/// <summary>Maps the work with <c>MapRanks</c>: each job runs on one of several ranks, which are threads.</summary>
public sealed class RankThreads : ExecutorUnderTest
{
    public override MethodBuilder Map(HeadraceWorker app, string name, Work work) =>
        app.MapRanks(
                name,
                new RankOptions { Ranks = Concurrency, Implementation = RankImplementation.Threads },
                (JobContext job, CancellationToken stop, int i = 0) => work(job, i, stop)
            )
            .Slots(1);
}

/// <summary>
/// Maps the work with <c>MapRanks</c>: several ranks, which are threads, run each job together. Rank 0 does the work,
/// and the others wait for it.
/// </summary>
public sealed class RankThreadsTogether : ExecutorUnderTest
{
    public override MethodBuilder Map(HeadraceWorker app, string name, Work work) =>
        app.MapRanks(
                name,
                new RankOptions { Ranks = Concurrency, Implementation = RankImplementation.Threads },
                (ICommunicator ranks, JobContext job, CancellationToken stop, int i = 0) =>
                    Run(ranks, () => work(job, i, stop))
            )
            .Slots(1);

    private static async Task<object?> Run(ICommunicator ranks, Func<Task<object?>> work)
    {
        if (ranks.Rank != 0)
        {
            ranks.Receive<byte>(new byte[1], 0);
            return null;
        }
        for (var other = 1; other < ranks.Size; other++)
            ranks.Send<byte>([1], other);
        return await work();
    }
}
