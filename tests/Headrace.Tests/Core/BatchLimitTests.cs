using Headrace.Core;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

/// <summary>Tests that no batch changes more jobs than a single command may change (R3).</summary>
public sealed class BatchLimitTests
{
    private const int Workers = 1_200;

    private readonly BrokerScene _scene = new(new BrokerOptions { Lease = TimeSpan.FromSeconds(30) });

    [Fact]
    public void One_batch_claims_at_most_1000_jobs_and_the_next_batch_continues_R3()
    {
        var claims = ClaimAll();

        Assert.Equal(Limits.JobsPerCommand, claims[0]);
        Assert.Equal(Workers, claims.Sum());
    }

    [Fact]
    public void One_tick_expires_the_leases_of_at_most_1000_jobs_and_the_next_continues_R3()
    {
        ClaimAll();
        _scene.Advance(TimeSpan.FromMinutes(1));
        var expired = new List<int>();
        do
        {
            _scene.Do(new Command.Tick());
            expired.Add(_scene.Changes.OfType<RowChange.JobChanged>().Count());
        } while (_scene.Broker.NextWakeUp().Elapsed == default(Elapsed));

        Assert.All(expired, jobs => Assert.InRange(jobs, 1, Limits.JobsPerCommand));
        Assert.Equal(Workers, expired.Sum());
        Assert.All(_scene.Broker.State.Workers.All, worker => Assert.Empty(worker.HeldJobs));
    }

    /// <summary>Lets each worker claim one job. Returns the number of claims in each batch.</summary>
    private List<int> ClaimAll()
    {
        var offer = new Offer(new MethodName("noop"), 1, "{}");
        _scene.Do(new Command.RegisterMethods([offer]));
        _scene.Do(Enumerable.Range(0, 2).Select(_ => ShardScene.Submit(jobs: Workers / 2)));
        _scene.Do(new Command.DiskSpaceChanged(true, "Jobs wait until all workers have joined."));
        _scene.Do(
            Enumerable
                .Range(1, Workers)
                .Select(i => new WorkerMessage(new LeaseHolder(new WorkerName($"w{i}"), new Incarnation((ulong)i)))
                {
                    Slots = 1,
                    Offers = [offer],
                })
                .Select(message => new Command.Exchange(message, 1, TimeSpan.FromSeconds(10), null, [], false))
        );
        _scene.Do(new Command.DiskSpaceChanged(false, ""));
        var claims = new List<int>();
        while (_scene.Changes.OfType<RowChange.JobChanged>().Count() is var claimed and > 0)
        {
            claims.Add(claimed);
            _scene.Do(new Command.ListMethods(default));
        }
        return claims;
    }
}
