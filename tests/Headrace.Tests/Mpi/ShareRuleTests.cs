using Headrace.Tests.Support;
using Headrace.Worker.Mpi.Farm;
using Headrace.Worker.Warm;
using Xunit;

namespace Headrace.Tests.Mpi;

public sealed class ShareRuleTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Short = TimeSpan.FromMicroseconds(5);

    [Fact]
    public void Short_jobs_are_divided_evenly_among_idle_ranks()
    {
        Assert.Equal(25, ShareRule.Next(waiting: 100, held: 0, idle: 4, ranks: 4, Short));
        Assert.Equal(25, ShareRule.Next(waiting: 75, held: 0, idle: 3, ranks: 4, Short));
        Assert.Equal(0, ShareRule.Next(waiting: 75, held: 1, idle: 3, ranks: 4, Short));
    }

    [Fact]
    public void Long_jobs_are_handed_out_one_at_a_time_and_one_in_advance()
    {
        Assert.Equal(1, ShareRule.Next(waiting: 100, held: 0, idle: 4, ranks: 4, Long));
        Assert.Equal(1, ShareRule.Next(waiting: 100, held: 1, idle: 3, ranks: 4, Long));
        Assert.Equal(0, ShareRule.Next(waiting: 100, held: 2, idle: 3, ranks: 4, Long));
    }

    [Fact]
    public void The_last_jobs_are_not_handed_out_in_advance() =>
        Assert.Equal(0, ShareRule.Next(waiting: 4, held: 1, idle: 3, ranks: 4, Long));

    [Fact]
    public void The_first_jobs_are_handed_out_one_at_a_time()
    {
        Assert.Equal(1, ShareRule.Next(waiting: 100, held: 0, idle: 4, ranks: 4, mean: null));
        Assert.Equal(0, ShareRule.Next(waiting: 99, held: 1, idle: 3, ranks: 4, mean: null));
        Assert.Equal(0, ShareRule.Next(waiting: 0, held: 0, idle: 4, ranks: 4, Long));
    }

    [Fact]
    public void Random_jobs_are_each_handed_out_once_and_all_end()
    {
        var random = RandomSeed.Print(RandomSeed.First);
        for (var run = 0; run < 100; run++)
        {
            var ranks = random.Next(1, 6);
            var shares = new FarmShares(ranks);
            shares.Add(Enumerable.Range(1, 300).Select(i => new WarmJob((uint)i, 0, 1, default, "", default)));
            var held = Enumerable.Range(0, ranks).Select(_ => new Queue<uint>()).ToList();
            var seen = new HashSet<uint>();
            for (var now = TimeSpan.Zero; shares.Open > 0; now += TimeSpan.FromMicroseconds(random.Next(1, 2_000)))
            {
                var rank = random.Next(ranks);
                foreach (var job in shares.Take(rank, now))
                {
                    Assert.True(seen.Add(job.Id));
                    held[rank].Enqueue(job.Id);
                }
                var ended = Enumerable.Range(0, random.Next(held[rank].Count + 1)).Select(_ => held[rank].Dequeue());
                shares.End(rank, [.. ended], now);
                Assert.True(shares.HasHeld || shares.Open == 0 || held.All(queue => queue.Count == 0));
            }
            Assert.Equal(300, seen.Count);
        }
    }

    [Fact]
    public void The_mean_follows_the_time_between_the_ends_of_jobs()
    {
        var shares = new FarmShares(1);
        shares.Add(Enumerable.Range(1, 101).Select(i => new WarmJob((uint)i, 0, 1, default, "", default)));

        Assert.Single(shares.Take(0, TimeSpan.Zero));
        shares.End(0, [1], TimeSpan.FromMicroseconds(10));
        Assert.Equal(100, shares.Take(0, TimeSpan.FromMicroseconds(20)).Count);

        Assert.Equal(TimeSpan.FromMicroseconds(10), shares.Mean);
    }

    [Fact]
    public void A_job_is_found_where_it_is()
    {
        var shares = new FarmShares(2);
        shares.Add(Enumerable.Range(1, 3).Select(i => new WarmJob((uint)i, 0, 1, default, "", default)));
        shares.Take(1, TimeSpan.Zero);

        Assert.Equal((null, 1), shares.Find(1));
        Assert.Equal(3u, shares.Find(3).Waiting!.Id);
        Assert.Equal((null, null), shares.Find(3));
        Assert.Equal((null, null), shares.Find(99));
        Assert.Equal(2, shares.Open);
    }
}
