using Headrace.Core;
using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

/// <summary>
/// Tests that a worker is reserved for a job that needs more slots than any worker has free. The job therefore does not
/// starve, and the other workers stay available (R19).
/// </summary>
public sealed class ReservationTests
{
    private static readonly string[] Both = ["train@1:4", "noop@1"];

    private readonly BrokerScene _scene = new();

    [Fact]
    public void A_worker_is_reserved_for_a_job_until_it_has_room_R19()
    {
        var worker = new Party(_scene, "w1", 4);
        var first = worker.Take(Narrow());
        worker.Open();
        var wide = Wide();
        var later = Narrow();
        Assert.Null(worker.Reply);
        Assert.Equal("w1", Reserved(wide));

        worker.End(first);
        worker.Take(wide);
        Assert.Empty(_scene.Broker.State.Reservations.All);

        worker.End(wide);
        worker.Open();
        worker.Take(later);
    }

    [Fact]
    public void The_other_workers_receive_the_jobs_behind_it_R19()
    {
        var (_, reserved, other) = Reserve();

        other.Take(Narrow());
        other.Open();
        other.Take(Narrow());

        Assert.Null(reserved.Reply);
    }

    [Fact]
    public void A_reserved_worker_receives_a_job_of_a_lane_whose_turn_comes_earlier_R19()
    {
        var worker = new Party(_scene, "w1", 6, 0, "train@1:4", "solo@1:2");
        worker.Take(Wide());
        worker.Open();
        var wide = Wide();
        Assert.Equal("w1", Reserved(wide));

        worker.Take(_scene.Submit("solo"));
        worker.Open();
        _scene.Submit("solo");

        // The second job's lane has already had its turn, so the worker stays reserved for the first job.
        Assert.Null(worker.Reply);
        Assert.Equal("w1", Reserved(wide));
    }

    [Fact]
    public void A_reservation_passes_to_a_lane_whose_turn_comes_earlier_R19()
    {
        var worker = new Party(_scene, "w1", 6, 0, "train@1:4", "solo@1:5");
        worker.Take(Wide());
        worker.Open();
        var wide = Wide();
        Assert.Equal("w1", Reserved(wide));

        var solo = _scene.Submit("solo");

        Assert.Equal("w1", Reserved(solo));
        Assert.Null(Reserved(wide));
        worker.EndAll();
        worker.Take(solo);
    }

    [Fact]
    public void A_worker_that_has_room_earlier_takes_the_job_R19()
    {
        var (wide, reserved, other) = Reserve();

        other.EndAll();

        other.Take(wide);
        Assert.Empty(_scene.Broker.State.Reservations.All);
        reserved.Take(Narrow());
    }

    [Fact]
    public void The_worker_whose_jobs_are_expected_to_end_first_is_reserved_R19()
    {
        var old = new Party(_scene, "w1", 4);
        old.Take(Narrow());
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(9));
        var young = new Party(_scene, "w2", 4);
        young.Take(Narrow());
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(1));
        old.Open();
        young.Open();

        Assert.Equal("w2", Reserved(Wide()));
    }

    [Fact]
    public void Of_workers_with_jobs_of_the_same_age_the_one_with_the_fewest_missing_slots_is_reserved_R19()
    {
        var workers = new List<Party>();
        foreach (var (name, slots) in new[] { ("w1", 4), ("w2", 5) })
        {
            var worker = new Party(_scene, name, slots);
            worker.Take(Narrow());
            worker.Open();
            worker.Take(Narrow());
            workers.Add(worker);
        }
        _scene.Advance(TimeSpan.FromSeconds(1));
        workers.ForEach(worker => worker.Open());

        Assert.Equal("w2", Reserved(Wide()));
    }

    [Fact]
    public void The_reservation_moves_to_a_worker_that_is_expected_to_have_room_much_sooner_R19()
    {
        var one = new Party(_scene, "w1", 4);
        var old = one.Take(Narrow());
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(1));
        var two = new Party(_scene, "w2", 4);
        two.Take(Narrow());
        one.Open();
        two.Open();
        var wide = Wide();
        Assert.Equal("w2", Reserved(wide));

        // The job on w2 turns out to be long. The subsequent jobs go to w1, whose old job ends only after a new one
        // has started there.
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(8));
        one.Take(Narrow());
        one.End(old);
        one.Open();
        Assert.Equal("w2", Reserved(wide));
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(1));

        Assert.Equal("w1", Reserved(wide));
        two.Take(Narrow());
    }

    [Fact]
    public void A_reservation_moves_only_if_the_advantage_doubles_each_time_R19()
    {
        static bool Moves(int present, int other, int moves) =>
            ReservationRule.ShouldMove(
                new RoomForecast(TimeSpan.FromSeconds(present), 1),
                new RoomForecast(TimeSpan.FromSeconds(other), 1),
                moves
            );

        Assert.False(Moves(10, 5, 0));
        Assert.True(Moves(10, 4, 0));
        Assert.False(Moves(10, 4, 1));
        Assert.True(Moves(10, 2, 1));
        Assert.False(Moves(int.MaxValue, 0, 20));
    }

    [Fact]
    public void Jobs_of_a_higher_priority_are_assigned_to_a_reserved_worker_and_others_are_not_R19()
    {
        var worker = Busy();
        var wide = Wide(priority: 3);
        Narrow(priority: 3);
        Assert.Null(worker.Reply);

        worker.Take(Narrow(priority: 4));

        Assert.Equal("w1", Reserved(wide));
    }

    [Fact]
    public void A_job_of_a_higher_priority_takes_over_the_reservation_R19()
    {
        var worker = new Party(_scene, "w1", 4, 0, "train@1:4", "fit@1:3", "noop@1");
        worker.Take(Narrow());
        worker.Open();
        worker.Take(Narrow());
        worker.Open();
        var wide = Wide();
        Assert.Equal("w1", Reserved(wide));

        var urgent = _scene.Submit("fit", spec => spec with { Priority = 5 });

        Assert.Equal("w1", Reserved(urgent));
        Assert.Null(Reserved(wide));
    }

    [Fact]
    public void A_reservation_ends_when_its_job_is_cancelled_R19()
    {
        var worker = Busy();
        var wide = Wide();
        var later = Narrow();
        Assert.Null(worker.Reply);

        _scene.Do(new Command.Cancel(wide));

        worker.Take(later);
    }

    [Fact]
    public void A_reservation_ends_when_its_worker_leaves_and_another_worker_is_reserved_R19()
    {
        var (wide, reserved, other) = Reserve();

        _scene.Do(new Command.Drain(reserved.Self, TimeSpan.Zero));

        Assert.Equal(other.Self.Worker.Text, Reserved(wide));
    }

    [Fact]
    public void One_worker_is_reserved_per_lane_R19()
    {
        Reserve();

        Wide();

        Assert.Single(_scene.Broker.State.Reservations.All);
    }

    [Fact]
    public void A_lane_that_was_served_last_waits_for_its_turn_before_a_worker_is_reserved_R19()
    {
        var worker = new Party(_scene, "w1", 4);
        var first = worker.Take(Wide());
        worker.Open();
        Wide();
        var narrow = Narrow();

        worker.End(first);

        worker.Take(narrow);
        Assert.Single(_scene.Broker.State.Reservations.All);
    }

    [Fact]
    public void No_worker_is_reserved_for_a_suspect_that_waits_for_one_without_jobs_R10()
    {
        var crashing = new Party(_scene, "w2", 4);
        var suspect = crashing.Take(Wide());
        var busy = Busy();
        _scene.Do(new Command.WorkerDied(crashing.Self, ExitKind.Signal));
        busy.Take(Narrow());
        Assert.Null(Reserved(suspect));

        busy.Open();
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(25));
        busy.Open();
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(6));
        Assert.Equal("w1", Reserved(suspect));
        busy.EndAll();

        busy.Take(suspect);
    }

    [Fact]
    public void A_worker_that_released_the_job_is_not_reserved_for_it_before_its_back_off_ends_R10()
    {
        var worker = new Party(_scene, "w1", 4);
        var wide = worker.Take(Wide());
        worker.Release(wide);
        worker.Open();
        worker.Take(Narrow());
        worker.Open();
        Assert.Null(Reserved(wide));

        _scene.AdvanceAndTick(TimeSpan.FromSeconds(1));

        Assert.Equal("w1", Reserved(wide));
    }

    [Fact]
    public void A_job_that_a_worker_released_is_not_prefetched_again_R19()
    {
        var worker = new Party(_scene, "w1", 4, prefetch: 8);
        var wide = worker.Take(Wide());
        worker.Release(wide);
        worker.Open();
        worker.Take(Narrow());
        worker.Open();
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(1));
        Assert.Equal("w1", Reserved(wide));

        worker.EndAll();

        worker.Take(wide);
    }

    [Fact]
    public void The_places_of_a_stream_are_not_free_slots_for_a_job_of_several_R19()
    {
        // The worker has four slots. One of them runs a stream with two places, one of which is free.
        var worker = new Party(_scene, "w1", 5);
        var streamed = worker.Take(Narrow());
        worker.SharedSlots = 1;
        worker.Open();

        var wide = Wide();
        var behind = Narrow();

        Assert.Null(worker.Reply);
        Assert.Equal("w1", Reserved(wide));
        Assert.Contains(" 3 of the 4 slots are free;", Why(wide), StringComparison.Ordinal);

        _scene.Do(new Command.Cancel(behind));
        worker.End(streamed);
        worker.Take(wide);
    }

    [Fact]
    public void A_job_of_one_slot_takes_the_place_of_a_stream_while_no_worker_is_reserved_R19()
    {
        var worker = new Party(_scene, "w1", 5);
        worker.Take(Narrow());
        worker.SharedSlots = 4;
        worker.Open();

        worker.Take(Narrow());
    }

    [Fact]
    public void Why_names_the_reserved_worker_and_its_free_slots_R19()
    {
        Busy();
        var wide = Wide();
        var at = _scene.Now.ToDateTimeOffset().ToString("yyyy-MM-ddTHH:mm:ssZ");

        Assert.Equal(
            "Waiting for 4 free slots: 1 worker with at least 4 slots offers train, and none has that many free; 1 job "
                + $"of default/train is ready. Worker w1 has been reserved for this job since {at}. 3 of the 4 slots "
                + "are free; until all of them are free, the worker receives only jobs that come earlier in the "
                + "serving order.",
            Why(wide)
        );
        Assert.EndsWith(
            "1 of these workers is reserved for a job that needs more slots.",
            Why(Narrow()),
            StringComparison.Ordinal
        );
    }

    /// <summary>Returns a worker with four slots that is running a one-slot job and has an exchange open.</summary>
    private Party Busy()
    {
        var worker = new Party(_scene, "w1", 4);
        worker.Take(Narrow());
        worker.Open();
        return worker;
    }

    /// <summary>
    /// Returns a job that needs four slots, the busy worker that is reserved for it, and another busy worker.
    /// </summary>
    private (JobId Wide, Party Reserved, Party Other) Reserve()
    {
        var one = new Party(_scene, "w1", 4);
        one.Take(Narrow());
        var two = new Party(_scene, "w2", 4);
        two.Take(Narrow());
        one.Open();
        two.Open();
        var wide = Wide();
        return Reserved(wide) == "w1" ? (wide, one, two) : (wide, two, one);
    }

    private JobId Wide(int priority = 0) => _scene.Submit("train", spec => spec with { Priority = priority });

    private JobId Narrow(int priority = 0) => _scene.Submit("noop", spec => spec with { Priority = priority });

    /// <summary>Returns the name of the worker that is reserved for a job; null if there is none.</summary>
    private string? Reserved(JobId job) =>
        _scene.Job(job).Lane is { Reservation: { } reservation } lane && lane.Head!.Id == job
            ? reservation.Worker.Identity.Worker.Text
            : null;

    private string Why(JobId job) => _scene.Ask<Response.Live>(new Command.GetJob(job, default)).Explanation!;

    /// <summary>A worker that offers both methods and opens its next exchange when the test requests it.</summary>
    private sealed class Party(BrokerScene scene, string name, int slots, int prefetch = 0, params string[] methods)
    {
        private readonly SceneWorker _worker = scene.Join(name, slots, prefetch, methods.Length == 0 ? Both : methods);
        private readonly List<LeaseToken> _held = [];

        public LeaseHolder Self => _worker.Self;

        /// <summary>Sets the number of free slots that only jobs of a running stream can take.</summary>
        public int SharedSlots
        {
            set => _worker.SharedSlots = value;
        }

        /// <summary>The reply to the open exchange; null while it is parked.</summary>
        public Response.Exchanged? Reply => _worker.Reply;

        /// <summary>Sends the next exchange.</summary>
        public void Open() => _worker.Exchange([.. _held.Select(lease => SceneWorker.Holding(lease))]);

        /// <summary>Takes the job, which must be the only one in the reply to the last exchange.</summary>
        public JobId Take(JobId job)
        {
            Assert.Equal(job, _worker.Lease.Job);
            _held.Add(_worker.Lease);
            return job;
        }

        public void End(JobId job) => Report(job, OutcomeKind.Succeeded);

        public void Release(JobId job) => Report(job, OutcomeKind.Released);

        public void EndAll() => _held.ToList().ForEach(lease => End(lease.Job));

        private void Report(JobId job, OutcomeKind kind)
        {
            var lease = _held.Single(held => held.Job == job);
            _held.Remove(lease);
            _worker.Report(new Outcome(lease, kind));
        }
    }
}
