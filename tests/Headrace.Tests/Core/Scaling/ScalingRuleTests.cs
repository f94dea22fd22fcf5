using Headrace.Core;
using Headrace.Core.Scaling;
using Xunit;

namespace Headrace.Tests.Core.Scaling;

public sealed class ScalingRuleTests
{
    private static readonly ScalingPolicy Policy = new();

    [Fact]
    public void A_worker_is_started_when_the_oldest_job_has_waited_longer_than_the_limit()
    {
        var kept = Decide(Pool(), Waiting(15));
        var grown = Decide(Pool(), Waiting(15.2));

        Assert.False(kept.IsChange);
        Assert.Equal(
            (
                1,
                "The oldest job of seed001/sha512 has been waiting for 15.2 s, longer than 15 s; 0 of at most 3 "
                    + "workers are running."
            ),
            (grown.Start, grown.Reason.Detail)
        );
    }

    [Fact]
    public void The_public_wording_of_a_reason_names_no_queue()
    {
        ScalingAction[] decisions =
        [
            Decide(Pool(), Waiting(15)),
            Decide(Pool(), Waiting(100)),
            Decide(Pool(Busy, Starting(3)), Waiting(40)),
            Decide(Pool(Busy, Busy, Busy), Waiting(100)),
            Decide(Pool(Busy, Busy, Idle(600, "echo", 1)), Waiting(100)),
            Decide(Pool(Busy, Busy, Idle(1, "echo", 1)), Waiting(100)),
            Decide(Pool(Idle(600)) with { NewWorkerOffers = [] }, Waiting(100)),
            Decide(Pool(Busy) with { NewWorkerOffers = [] }, Waiting(100)),
            ScalingRule.Decide([Pool()], [Waiting(100)], "the disk is full.")[0],
        ];

        Assert.All(
            decisions,
            decision =>
            {
                Assert.Contains("seed001/sha512", decision.Reason.Detail, StringComparison.Ordinal);
                Assert.Equal(
                    decision.Reason.Detail.Replace("of seed001/", "of method ", StringComparison.Ordinal),
                    decision.Reason.Public
                );
            }
        );
    }

    [Fact]
    public void A_worker_that_is_starting_counts()
    {
        var decision = Decide(Pool(Busy, Starting(3)), Waiting(40));

        Assert.Equal(
            (
                0,
                "The oldest job of seed001/sha512 has been waiting for 40 s. A worker in pool 'a' has been starting "
                    + "for 3 s."
            ),
            (decision.Start, decision.Reason.Detail)
        );
    }

    [Fact]
    public void No_second_worker_is_started_while_starts_keep_failing()
    {
        var decision = Decide(Pool(Failing(90)), Waiting(90));

        Assert.Equal(
            (
                0,
                "The oldest job of seed001/sha512 has been waiting for 90 s. Worker starts have been failing for 90 s; "
                    + "the server keeps trying."
            ),
            (decision.Start, decision.Reason.Detail)
        );
    }

    [Fact]
    public void Workers_including_those_that_are_stopping_never_exceed_the_maximum()
    {
        Assert.Equal(0, Decide(Pool(Busy, Busy, Busy), Waiting(100)).Start);
        Assert.Equal(0, Decide(Pool(Busy, Busy, Leaving), Waiting(100)).Start);
        Assert.Equal(1, Decide(Pool(Busy, Leaving), Waiting(100)).Start);
    }

    [Fact]
    public void No_worker_is_started_if_an_idle_one_could_have_taken_the_job() =>
        Assert.Equal(
            "The oldest job of seed001/sha512 has been waiting for 100 s. A worker in pool 'a' is idle and can take "
                + "the job.",
            Decide(Pool(Busy, Idle(1)), Waiting(100)).Reason.Detail
        );

    [Fact]
    public void An_idle_worker_that_does_not_offer_the_method_does_not_prevent_a_start()
    {
        Assert.Equal(1, Decide(Pool(Idle(1, "echo", 1)), Waiting(100)).Start);
        Assert.Equal(0, Decide(Pool(Idle(1, "sha512", 2)), Waiting(100)).Start);
        var version1 = Waiting(100) with { Method = new MethodRef(new MethodName("sha512"), 1) };
        Assert.Equal(1, Decide(Pool(Idle(1, "sha512", 2)), version1).Start);
    }

    [Fact]
    public void In_a_full_pool_a_long_idle_worker_that_offers_no_waiting_method_is_stopped()
    {
        var full = Pool() with { Policy = Policy with { Min = 1, Max = 1 } };

        Assert.Equal([0], Decide(full with { Members = [Idle(600, "echo", 1)] }, Waiting(100)).Drain);
        Assert.Empty(Decide(full with { Members = [Idle(599, "echo", 1)] }, Waiting(100)).Drain);
        Assert.Empty(Decide(full with { Members = [Idle(600, "sha512", 1)] }, Waiting(100)).Drain);
        // Workers are drained one at a time. While a worker is leaving, its capacity has not been freed yet.
        Assert.Empty(Decide(Pool(Leaving, Busy, Idle(600, "echo", 1)), Waiting(100)).Drain);
        Assert.Equal([2], Decide(Pool(Busy, Idle(600, "echo", 1), Idle(700, "echo", 1)), Waiting(100)).Drain);
    }

    [Fact]
    public void A_worker_is_replaced_only_by_one_that_would_offer_what_waits()
    {
        var full = Pool(Idle(600, "echo", 1)) with { Policy = Policy with { Min = 1, Max = 1 } };

        var orphan = Decide(full with { NewWorkerOffers = [new MethodRef(new MethodName("echo"), 1)] }, Waiting(100));
        var known = Decide(full with { NewWorkerOffers = [new MethodRef(new MethodName("sha512"), 3)] }, Waiting(100));
        var version1 = Waiting(100) with { Method = new MethodRef(new MethodName("sha512"), 1) };
        var other = Decide(full with { NewWorkerOffers = [new MethodRef(new MethodName("sha512"), 3)] }, version1);

        Assert.False(orphan.IsChange);
        Assert.Equal(
            "The oldest job of seed001/sha512 has been waiting for 100 s, but a new worker of this pool would not "
                + "offer the method. No other jobs are waiting; the pool is at its minimum of 1.",
            orphan.Reason.Detail
        );
        Assert.Equal([0], known.Drain);
        Assert.False(other.IsChange);
    }

    [Fact]
    public void No_worker_is_started_for_a_method_that_it_would_not_offer_and_a_surplus_one_still_stops()
    {
        var pool = Pool() with { NewWorkerOffers = [new MethodRef(new MethodName("echo"), 1)] };

        Assert.Equal(0, Decide(pool, Waiting(100)).Start);
        Assert.Equal([0], Decide(pool with { Members = [Idle(600, "echo", 1)] }, Waiting(100)).Drain);
    }

    [Fact]
    public void A_worker_that_sends_no_messages_does_not_prevent_a_start() =>
        Assert.Equal(1, Decide(Pool(new MemberView(MemberState.Unresponsive, default)), Waiting(100)).Start);

    [Fact]
    public void No_worker_is_started_while_claims_are_paused()
    {
        var decision = ScalingRule.Decide([Pool()], [Waiting(100)], "the disk is full.")[0];

        Assert.Equal(
            (
                0,
                "The oldest job of seed001/sha512 has been waiting for 100 s. Jobs are not being assigned: the disk is "
                    + "full."
            ),
            (decision.Start, decision.Reason.Detail)
        );
    }

    [Fact]
    public void A_long_idle_worker_is_stopped_while_no_job_is_waiting()
    {
        var decision = Decide(Pool(Busy, Idle(599), Idle(600)));

        Assert.Equal([2], decision.Drain);
        Assert.Equal("No jobs are waiting. Workers idle for 600 s or longer: 1 of 3.", decision.Reason.Detail);
        Assert.Empty(Decide(Pool(Idle(700)), Waiting(1)).Drain);
    }

    [Fact]
    public void The_minimum_is_kept_and_filled_immediately()
    {
        var pool = Pool(Idle(1_000), Idle(2_000), Idle(3_000)) with { Policy = Policy with { Min = 2 } };

        Assert.Equal([2], Decide(pool).Drain);
        Assert.Equal(2, Decide(pool with { Members = [] }).Start);
        Assert.Equal(1, Decide(pool with { Members = [Busy, Leaving] }).Start);
    }

    [Fact]
    public void A_pool_considers_only_the_queues_it_serves()
    {
        var other = Pool() with { Methods = [new MethodName("forecast")] };

        Assert.Equal("No jobs are waiting.", Decide(other, Waiting(100)).Reason.Detail);
        Assert.Equal(1, Decide(other with { Methods = [] }, Waiting(100)).Start);
    }

    [Fact]
    public void If_two_pools_serve_a_queue_the_second_grows_only_when_the_first_cannot()
    {
        var (a, b) = (Pool(), Pool() with { Name = "b" });

        Assert.Equal([1, 0], Starts(a, b));
        Assert.Equal([0, 0], Starts(a with { Members = [Starting(5)] }, b));
        Assert.Equal([0, 1], Starts(a with { Members = [Starting(61)] }, b));
        Assert.Equal([0, 1], Starts(a with { Members = [Failing(5)] }, b));
        Assert.Equal([0, 1], Starts(a with { Members = [Busy, Busy, Busy] }, b));

        static IEnumerable<int> Starts(params PoolView[] pools) =>
            ScalingRule.Decide(pools, [Waiting(20)], null).Select(decision => decision.Start);
    }

    [Fact]
    public void A_start_that_is_no_longer_needed_is_eventually_abandoned() =>
        Assert.Equal([0], Decide(Pool(Failing(600))).Drain);

    [Fact]
    public void No_worker_is_started_for_a_job_that_takes_more_slots_than_it_would_have()
    {
        var wide = Waiting(100) with { SlotsPerJob = 4 };

        Assert.Equal(2, Decide(Pool(Busy) with { NewWorkerSlots = 4 }, wide).Start);
        Assert.Equal(
            (
                0,
                "The oldest job of seed001/sha512 has been waiting for 100 s, but it takes 4 slots, and a new worker "
                    + "of this pool would have 2. No other jobs are waiting; a worker is stopped after 600 s without a "
                    + "job."
            ),
            (
                Decide(Pool(Busy) with { NewWorkerSlots = 2 }, wide).Start,
                Decide(Pool(Busy) with { NewWorkerSlots = 2 }, wide).Reason.Detail
            )
        );
        Assert.Equal(2, Decide(Pool(Busy) with { NewWorkerSlots = 2 }, wide, Waiting(20)).Start);
    }

    [Theory]
    // There are 10 jobs that each take 4 slots. A worker with 8 slots runs two of them, but a worker with 6 slots runs
    // only one.
    [InlineData(8, 5)]
    [InlineData(6, 10)]
    [InlineData(4, 10)]
    [InlineData(40, 1)]
    [InlineData(1_000, 1)]
    public void A_pool_starts_as_many_workers_as_the_waiting_jobs_have_slots_for(int slots, int starts)
    {
        var wide = Waiting(100) with { Ready = 10, SlotsPerJob = 4 };

        var decision = Decide(Large() with { NewWorkerSlots = slots }, wide);

        Assert.Equal(starts, decision.Start);
        Assert.Equal(
            starts > 1 ? $" The waiting jobs would fill {starts} workers with {slots} slots." : "",
            decision.Reason.Detail[
                (decision.Reason.Detail.IndexOf("running.", StringComparison.Ordinal) + "running.".Length)..
            ]
        );
    }

    [Fact]
    public void Wide_and_narrow_jobs_share_the_workers_that_are_started_for_them()
    {
        var pool = Large() with { NewWorkerSlots = 8 };
        var wide = Waiting(100) with { Ready = 3, SlotsPerJob = 4 };
        var narrow = Waiting(90) with { Ready = 4 };

        // The wide jobs fill one and a half workers, and the narrow jobs fill half a worker.
        Assert.Equal(2, Decide(pool, wide, narrow).Start);
        // No worker is started for jobs that have not waited long enough.
        Assert.Equal(2, Decide(pool, wide, narrow with { Ready = 400, Oldest = TimeSpan.FromSeconds(1) }).Start);
        Assert.Equal(3, Decide(pool, wide, narrow with { Ready = 5 }).Start);
    }

    [Fact]
    public void Workers_that_are_starting_count_for_the_slots_that_they_will_have()
    {
        var wide = Waiting(100) with { Ready = 10, SlotsPerJob = 4 };
        var pool = Large(Starting(3), Starting(3), Busy) with { NewWorkerSlots = 8 };

        Assert.Equal(3, Decide(pool, wide).Start);
        Assert.Equal(0, Decide(pool, wide with { Ready = 4 }).Start);
        // If a start takes too long, further starts would probably take too long as well.
        Assert.Equal(0, Decide(pool with { Members = [Starting(3), Starting(61)] }, wide).Start);
        Assert.Equal(2, Decide(pool with { Policy = Policy with { Max = 5 } }, wide).Start);
    }

    [Fact]
    public void Until_a_worker_has_joined_and_its_slots_are_known_one_is_started()
    {
        var wide = Waiting(100) with { Ready = 10, SlotsPerJob = 4 };

        Assert.Equal(1, Decide(Large(), wide).Start);
        Assert.Equal(0, Decide(Large(Starting(3)), wide).Start);
    }

    [Fact]
    public void An_idle_worker_with_too_few_slots_does_not_prevent_a_start()
    {
        var wide = Waiting(100) with { SlotsPerJob = 4 };

        Assert.Equal(1, Decide(Pool(Idle(1, "sha512", 1) with { Slots = 2 }), wide).Start);
        Assert.Equal(0, Decide(Pool(Idle(1, "sha512", 1) with { Slots = 4 }), wide).Start);
    }

    private static MemberView Busy => new(MemberState.Busy, default);

    private static MemberView Leaving => new(MemberState.Leaving, default);

    private static MemberView Idle(double seconds) => new(MemberState.Idle, TimeSpan.FromSeconds(seconds));

    private static MemberView Idle(double seconds, string method, int version) =>
        Idle(seconds) with
        {
            Offers = [new MethodRef(new MethodName(method), version)],
        };

    private static MemberView Starting(double seconds) => new(MemberState.Starting, TimeSpan.FromSeconds(seconds));

    private static MemberView Failing(double seconds) => new(MemberState.Failing, TimeSpan.FromSeconds(seconds));

    private static PoolView Pool(params MemberView[] members) => new("a", [new MethodName("sha512")], Policy, members);

    private static PoolView Large(params MemberView[] members) =>
        Pool(members) with
        {
            Policy = Policy with { Max = 100 },
        };

    private static DemandView Waiting(double seconds) =>
        new(new QueueName("seed001"), new MethodRef(new MethodName("sha512"), 0), 7, TimeSpan.FromSeconds(seconds));

    private static ScalingAction Decide(PoolView pool, params DemandView[] demand) =>
        ScalingRule.Decide([pool], demand, null)[0];
}
