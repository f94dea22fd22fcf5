using Headrace.Core;
using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

/// <summary>
/// Tests that a worker is reserved for a job that needs more slots than any worker has free, so that the job does not
/// starve, and that the other workers stay available (R19).
/// </summary>
public sealed class ReservationTests
{
    private static readonly string[] Both = ["train@1:4", "noop@1"];

    private readonly BrokerScene _scene = new();

    [Fact]
    public void A_worker_is_reserved_for_a_job_until_it_has_room_R19()
    {
        var worker = new Party(_scene, "w1", 4);
        var first = Narrow();
        worker.Exchange();
        var wide = Wide();
        var later = Narrow();

        Assert.Null(worker.Reply);
        Assert.Equal("w1", Reserved(wide));

        worker.End(first);
        Assert.Equal(wide, worker.Take());
        Assert.Null(Reserved(wide));
        worker.End(wide);
        Assert.Equal(later, worker.Take());
    }

    [Fact]
    public void The_other_workers_receive_the_jobs_behind_it_R19()
    {
        var (one, two) = (new Party(_scene, "w1", 4), new Party(_scene, "w2", 4));
        one.Hold(Narrow());
        two.Hold(Narrow());
        var wide = Wide();
        var reserved = Reserved(wide) == "w1" ? one : two;
        var other = reserved == one ? two : one;

        Assert.Equal([Narrow(), Narrow()], [other.Take(), other.Take()]);
        Assert.Null(reserved.Reply);
    }

    [Fact]
    public void A_worker_that_has_room_earlier_takes_the_job_R19()
    {
        var (one, two) = (new Party(_scene, "w1", 4), new Party(_scene, "w2", 4));
        one.Hold(Narrow());
        two.Hold(Narrow());
        var wide = Wide();
        var reserved = Reserved(wide) == "w1" ? one : two;
        var other = reserved == one ? two : one;

        other.EndAll();

        Assert.Equal(wide, other.Take());
        Assert.Empty(_scene.Broker.State.Reservations.All);
        Assert.Equal(Narrow(), reserved.Take());
    }

    [Fact]
    public void The_worker_whose_jobs_are_expected_to_end_first_is_reserved_R19()
    {
        var (old, young) = (new Party(_scene, "w1", 4), new Party(_scene, "w2", 4));
        old.Hold(Narrow());
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(9));
        old.Renew();
        young.Renew();
        young.Hold(Narrow());
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(1));

        Assert.Equal("w2", Reserved(Wide()));
    }

    [Fact]
    public void Of_workers_with_jobs_of_the_same_age_the_one_with_the_fewest_missing_slots_is_reserved_R19()
    {
        var (one, two) = (new Party(_scene, "w1", 4), new Party(_scene, "w2", 5));
        one.Hold(Narrow());
        two.Hold(Narrow());
        one.Hold(Narrow());
        two.Hold(Narrow());
        _scene.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("w2", Reserved(Wide()));
    }

    [Fact]
    public void The_reservation_moves_to_a_worker_that_is_expected_to_have_room_much_sooner_R19()
    {
        var (one, two) = (new Party(_scene, "w1", 4), new Party(_scene, "w2", 4));
        one.Hold(Narrow());
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(1));
        two.Hold(Narrow());
        two.Hold(Narrow());
        var wide = Wide();
        Assert.Equal("w2", Reserved(wide));

        // The job on w2 turns out to be long. The one on w1 ends, and another one has just started there.
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(9));
        one.EndAll();
        Assert.Equal(wide, one.Take());
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
        var worker = new Party(_scene, "w1", 4);
        worker.Hold(Narrow());
        var wide = Wide(priority: 3);
        worker.Renew();
        Narrow(priority: 3);
        Assert.Null(worker.Reply);

        var urgent = Narrow(priority: 4);

        Assert.Equal(urgent, worker.Take());
        Assert.Equal("w1", Reserved(wide));
    }

    [Fact]
    public void A_job_of_a_higher_priority_takes_over_the_reservation_R19()
    {
        var worker = new Party(_scene, "w1", 4, "train@1:4", "fit@1:3", "noop@1");
        worker.Hold(Narrow());
        worker.Hold(Narrow());
        var wide = Wide();
        Assert.Equal("w1", Reserved(wide));

        var urgent = _scene.Submit("fit", spec => spec with { Priority = 5 });

        Assert.Equal("w1", Reserved(urgent));
        Assert.Null(Reserved(wide));
    }

    [Fact]
    public void A_reservation_ends_when_its_job_is_cancelled_R19()
    {
        var worker = new Party(_scene, "w1", 4);
        worker.Hold(Narrow());
        var wide = Wide();
        var later = Narrow();
        Assert.Null(worker.Reply);

        _scene.Do(new Command.Cancel(wide));

        Assert.Equal(later, worker.Take());
    }

    [Fact]
    public void A_reservation_ends_when_its_worker_leaves_and_another_worker_is_reserved_R19()
    {
        var (one, two) = (new Party(_scene, "w1", 4), new Party(_scene, "w2", 4));
        one.Hold(Narrow());
        two.Hold(Narrow());
        var wide = Wide();
        var (reserved, other) = Reserved(wide) == "w1" ? (one, "w2") : (two, "w1");

        _scene.Do(new Command.Drain(reserved.Self, TimeSpan.Zero));
        _scene.Do(new Command.Tick());

        Assert.Equal(other, Reserved(wide));
    }

    [Fact]
    public void One_worker_is_reserved_per_lane_R19()
    {
        var (one, two) = (new Party(_scene, "w1", 4), new Party(_scene, "w2", 4));
        one.Hold(Narrow());
        two.Hold(Narrow());
        Wide();
        Wide();

        Assert.Single(_scene.Broker.State.Reservations.All);
    }

    [Fact]
    public void A_lane_that_was_served_last_waits_for_its_turn_before_a_worker_is_reserved_R19()
    {
        var worker = new Party(_scene, "w1", 4);
        var first = Wide();
        worker.Hold(first);
        Wide();
        var narrow = Narrow();

        worker.EndAll();

        Assert.Equal(narrow, worker.Take());
        Assert.Single(_scene.Broker.State.Reservations.All);
    }

    [Fact]
    public void No_worker_is_reserved_for_a_suspect_that_waits_for_one_without_jobs_R10()
    {
        var crashing = new Party(_scene, "w2", 4);
        var suspect = Wide();
        crashing.Hold(suspect);
        var busy = new Party(_scene, "w1", 4);
        busy.Hold(Narrow());
        _scene.Do(new Command.WorkerDied(crashing.Self, ExitKind.Signal));

        Assert.Equal(Narrow(), busy.Take());
        Assert.Null(Reserved(suspect));

        _scene.AdvanceAndTick(TimeSpan.FromSeconds(25));
        busy.Renew();
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(6));
        Assert.Equal("w1", Reserved(suspect));
        busy.EndAll();
        Assert.Equal(suspect, busy.Take());
    }

    [Fact]
    public void A_worker_that_released_the_job_is_not_reserved_for_it_before_its_back_off_ends_R10()
    {
        var worker = new Party(_scene, "w1", 4);
        var wide = Wide();
        worker.Hold(wide);
        worker.Release(wide);
        worker.Hold(Narrow());
        Assert.Null(Reserved(wide));

        _scene.AdvanceAndTick(TimeSpan.FromSeconds(1));

        Assert.Equal("w1", Reserved(wide));
    }

    [Fact]
    public void A_job_that_a_worker_released_is_not_prefetched_again_R19()
    {
        var worker = new Party(_scene, "w1", 4, prefetch: 8);
        var wide = Wide();
        worker.Hold(wide);
        worker.Release(wide);
        worker.Hold(Narrow());
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(1));

        Assert.Equal("w1", Reserved(wide));
        worker.EndAll();
        Assert.Equal(wide, worker.Take());
    }

    [Fact]
    public void Why_names_the_reserved_worker_and_its_free_slots_R19()
    {
        var worker = new Party(_scene, "w1", 4);
        worker.Hold(Narrow());
        var wide = Wide();
        var at = _scene.Now.ToDateTimeOffset().ToString("yyyy-MM-ddTHH:mm:ssZ");

        Assert.Equal(
            "Waiting for 4 free slots: 1 worker with at least 4 slots offers train, and none has that many free; 1 job "
                + $"is ready in this lane. Worker w1 has been reserved for this job since {at}. It has 3 of the 4 free "
                + "slots; until it has them all, it receives only jobs of a higher priority.",
            Why(wide)
        );
        Assert.EndsWith("1 of them is reserved for a job that needs more slots.", Why(Narrow()), StringComparison.Ordinal);
    }

    private JobId Wide(int priority = 0) => _scene.Submit("train", spec => spec with { Priority = priority });

    private JobId Narrow(int priority = 0) => _scene.Submit("noop", spec => spec with { Priority = priority });

    /// <summary>Returns the name of the worker that is reserved for a job; null for none.</summary>
    private string? Reserved(JobId job) =>
        _scene.Job(job).Lane is { Reservation: { } reservation } lane && lane.Head!.Id == job
            ? reservation.Worker.Identity.Worker.Text
            : null;

    private string Why(JobId job) => _scene.Ask<Response.Live>(new Command.GetJob(job, default)).Explanation!;

    /// <summary>A worker that offers both methods and always has an exchange open.</summary>
    private sealed class Party
    {
        private readonly SceneWorker _worker;
        private readonly List<LeaseToken> _held = [];

        public Party(BrokerScene scene, string name, int slots, params string[] methods)
            : this(scene, name, slots, 0, methods) { }

        public Party(BrokerScene scene, string name, int slots, int prefetch, params string[] methods)
        {
            _worker = scene.Join(name, slots, prefetch, methods.Length == 0 ? Both : methods);
        }

        public LeaseHolder Self => _worker.Self;

        /// <summary>The leases of the reply to the open exchange; null while it is parked.</summary>
        public Response.Exchanged? Reply => _worker.Reply;

        public void Exchange() => Renew();

        /// <summary>Sends the next exchange if the last one was answered.</summary>
        public void Renew()
        {
            foreach (var row in _worker.Reply?.Leases ?? [])
                if (!_held.Exists(lease => lease.Job == row.Id))
                    _held.Add(new LeaseToken(row.Id, row.Status.Attempt));
            _worker.Exchange([.. _held.Select(lease => SceneWorker.Holding(lease))]);
        }

        /// <summary>Takes the next job. Returns its id.</summary>
        public JobId Take()
        {
            var before = _held.Count;
            Renew();
            return _held[before].Job;
        }

        /// <summary>Takes this job, which must be the next one.</summary>
        public void Hold(JobId job) => Assert.Equal(job, Take());

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
