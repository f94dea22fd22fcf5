using Headrace.Core;
using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;
using Headrace.Core.Queues;
using Xunit;

namespace Headrace.Tests.Core;

public sealed class LaneTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 3)]
    [InlineData(3, 50)]
    public void After_any_sequence_of_changes_the_first_job_is_the_first_of_a_sorted_list_R19(int seed, int outOfOrder)
    {
        var random = new Random(seed);
        var lane = NewLane();
        var sorted = new SortedSet<Job>(
            Comparer<Job>.Create(
                (a, b) =>
                    a == b ? 0
                    : Lane.IsBefore(a, b) ? -1
                    : 1
            )
        );
        for (var id = 1; id <= 20_000; id++)
        {
            var isLate = random.Next(100) < outOfOrder;
            var job = NewJob(id, priority: isLate ? random.Next(-1, 2) : 0, due: isLate ? random.Next(id) : id);
            lane.Add(job);
            sorted.Add(job);
            // The lane grows to several thousand jobs and shrinks again, several times; occasionally a job other than
            // the first is removed.
            while (sorted.Count > 0 && random.Next(100) < (id / 4_000 % 2 == 0 ? 30 : 60))
            {
                var removed =
                    random.Next(10) == 0 ? sorted.ElementAt(random.Next(Math.Min(sorted.Count, 50))) : lane.Head!;
                lane.Remove(removed);
                Assert.True(sorted.Remove(removed));
            }
            Assert.Same(sorted.Min, lane.Head);
            Assert.Equal(sorted.Count, lane.Count);
        }

        Assert.True(outOfOrder == 0 == (lane.Heap.Count == 0));
        while (lane.Head is { } next)
        {
            Assert.Same(sorted.Min, next);
            lane.Remove(next);
            sorted.Remove(next);
        }
        Assert.Empty(sorted);
    }

    [Fact]
    public void A_worker_that_released_jobs_receives_the_first_one_that_it_did_not_release_R10()
    {
        var (lane, worker) = (NewLane(), new Incarnation(7));
        var jobs = Enumerable.Range(1, 6).Select(id => NewJob(id, priority: id is 4 or 6 ? 1 : 0, due: id)).ToList();
        foreach (var id in new[] { 4, 6, 1 })
            jobs[id - 1].Backoffs = [new WorkerBackoff(worker, new Elapsed(1_000), TimeSpan.FromSeconds(1))];
        foreach (var job in jobs)
            lane.Add(job);

        Assert.Same(jobs[1], FirstFor(lane, worker, 0));
        Assert.Same(jobs[3], FirstFor(lane, worker, 1_000));
        Assert.Same(jobs[3], FirstFor(lane, new Incarnation(8), 0));
    }

    [Fact]
    public void Jobs_that_a_worker_released_do_not_block_those_behind_them_R10()
    {
        var (lane, worker) = (NewLane(), new Incarnation(7));
        var back = NewJob(1, 0, 1);
        back.Backoffs = [new WorkerBackoff(worker, new Elapsed(1_000), TimeSpan.FromSeconds(1))];
        lane.Add(back);
        for (var id = 2; id <= 5; id++)
            lane.Add(NewJob(id, 0, id));

        var given = new List<long>();
        while (FirstFor(lane, worker, 0) is { } next)
        {
            given.Add(next.Id.Value);
            lane.Remove(next);
        }

        Assert.Equal(LaneSection.Restricted, back.Section);
        Assert.Equal([2, 3, 4, 5], given);
        Assert.Same(back, lane.Head);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void However_many_jobs_a_worker_released_it_receives_the_first_of_the_others_R10(int priority)
    {
        var (lane, worker) = (NewLane(), new Incarnation(7));
        for (var id = 1; id <= 300; id++)
        {
            var job = NewJob(id, 0, id);
            if (id <= 200)
                job.Backoffs = [new WorkerBackoff(worker, new Elapsed(1_000), TimeSpan.FromSeconds(1))];
            lane.Add(job);
        }
        // A job with a higher priority is in the heap, because it must run before those in the FIFO.
        var first = NewJob(301, priority, 301);
        lane.Add(first);

        Assert.Equal(priority > 0 ? 301 : 201, FirstFor(lane, worker, 0)!.Id.Value);
        Assert.Equal(priority > 0 ? 301 : 1, FirstFor(lane, worker, 1_000)!.Id.Value);
    }

    [Fact]
    public void The_oldest_ready_time_is_that_of_the_first_bucket_with_jobs_after_any_changes()
    {
        var (random, times) = (new Random(11), new ReadyTimes());
        var ready = new List<Instant>();
        for (var step = 0; step < 50_000; step++)
        {
            if (ready.Count > 0 && random.Next(100) < (step / 10_000 % 2 == 0 ? 40 : 60))
            {
                var at = random.Next(3) == 0 ? 0 : random.Next(ready.Count);
                times.Remove(ready[at]);
                ready.RemoveAt(at);
            }
            else
            {
                // The 0.13 s buckets become empty and are filled again, both at the beginning and in the middle.
                var since = new Instant((step * 20_000L) + random.Next(2_000_000));
                ready.Add(since);
                times.Add(since);
            }
            Assert.Equal(ready.Count == 0 ? null : Bucket(ready.Min(since => since.Micros)), times.Oldest);
        }
        Assert.Equal(ready.Count, times.Count);

        static Instant Bucket(long micros) => new(((micros >> 17) + 1) << 17);
    }

    private static Job? FirstFor(Lane lane, Incarnation worker, long micros) =>
        lane.FirstFor(job => !job.IsBackedOff(worker, new Elapsed(micros)));

    private static Lane NewLane() =>
        new(new Queue(QueueName.Default, new BrokerOptions()), new Method(new MethodName("noop")), 0);

    private static Job NewJob(long id, int priority, long due) =>
        new(
            new JobId(id),
            new JobSpec
            {
                Queue = QueueName.Default,
                Method = new MethodName("noop"),
                Owner = "ada",
                Priority = priority,
                ScheduledAt = new Instant(due),
            }
        );
}
