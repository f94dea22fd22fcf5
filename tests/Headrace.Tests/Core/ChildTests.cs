using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Queues;
using Headrace.Core.Registry;
using Xunit;

namespace Headrace.Tests.Core;

/// <summary>Tests the jobs that running attempts submit (R13).</summary>
public sealed class ChildTests
{
    private readonly BrokerScene _scene = new(new BrokerOptions { MaxQueueJobs = 4 });

    [Fact]
    public void Children_wait_until_their_parent_succeeds_and_are_ready_in_the_same_commit()
    {
        var (worker, parent) = Run();

        var children = Submit(worker, parent, 1, 2);

        Assert.All(children, child => Assert.Equal(JobState.Blocked, _scene.Job(child).Status.State));
        Assert.Equal([parent, parent], children.Select(child => _scene.Job(child).Spec.Parent!.Lease));
        worker.Succeed(parent);
        Assert.All(children, child => Assert.Equal(JobState.Ready, _scene.Job(child).Status.State));
        Assert.Contains(_scene.Changes, change => change is RowChange.JobEnded ended && ended.Row.Job.Id == parent.Job);
        Assert.Equal(children, _scene.Changes.OfType<RowChange.JobChanged>().Select(changed => changed.Row.Id));
    }

    [Fact]
    public void A_child_with_a_later_scheduled_time_is_scheduled_when_it_is_released()
    {
        var (worker, parent) = Run();
        var child = Submit(worker, parent, 1, Spec() with { ScheduledAt = _scene.Now + TimeSpan.FromHours(1) })[0];

        worker.Succeed(parent);

        Assert.Equal(JobState.Scheduled, _scene.Job(child).Status.State);
    }

    [Theory]
    [InlineData(OutcomeKind.Failed)]
    [InlineData(OutcomeKind.Rejected)]
    [InlineData(OutcomeKind.TimedOut)]
    [InlineData(OutcomeKind.Cancelled)]
    [InlineData(OutcomeKind.Released)]
    [InlineData(OutcomeKind.Lost)]
    [InlineData(OutcomeKind.TooLarge)]
    [InlineData(OutcomeKind.Crashed)]
    internal void An_attempt_that_does_not_succeed_removes_its_children(OutcomeKind kind)
    {
        var (worker, parent) = Run();
        var children = Submit(worker, parent, 1, 2);

        worker.Report(new Outcome(parent, kind) { Error = new JobError("E", "no") });

        Assert.All(children, child => Assert.False(_scene.IsLive(child)));
        Assert.Equal(children, _scene.Changes.OfType<RowChange.JobRemoved>().Select(removed => removed.Job));
        Assert.All(children, child => Assert.IsType<Response.NotLive>(Get(child)));
    }

    [Fact]
    public void The_next_attempt_of_a_parent_submits_its_own_children()
    {
        var (worker, first) = Run();
        Submit(worker, first, 1, 2);
        worker.Report(new Outcome(first, OutcomeKind.Released));
        _scene.Advance(TimeSpan.FromSeconds(2));
        worker.Exchange();
        var second = worker.Lease;

        var children = Submit(worker, second, 1, 1);
        worker.Succeed(second);

        Assert.Equal(2, second.Attempt);
        Assert.Equal(children, _scene.Broker.State.Jobs.All.Select(job => job.Id));
    }

    [Fact]
    public void A_submission_that_is_repeated_after_a_lost_reply_adds_no_child()
    {
        var (worker, parent) = Run();

        var children = Submit(worker, parent, 1, 2);
        var again = Submit(worker, parent, 1, 2);
        _scene.Restart();
        var afterRestart = Submit(worker, parent, 1, 2);

        Assert.Equal(children, again);
        Assert.Equal(children, afterRestart);
        Assert.Equal(3, _scene.Broker.State.Jobs.Count);
        Assert.NotEqual(children[0], Submit(worker, parent, 2, 1)[0]);
    }

    [Fact]
    public void A_child_that_was_cancelled_is_not_submitted_again_by_a_repeated_message()
    {
        var (worker, parent) = Run();
        var child = Submit(worker, parent, 1, 1)[0];
        _scene.Do(new Command.Cancel(child));
        _scene.Restart();

        Assert.Equal([child], Submit(worker, parent, 1, 1));
        Assert.Equal(1, _scene.Broker.State.Jobs.Count);
    }

    [Fact]
    public void A_rejected_submission_stays_rejected_however_often_its_message_arrives()
    {
        var (worker, parent) = Run();
        var children = Submit(worker, parent, 1, 3);

        var rejected = Reject(worker, parent, 2, 1);
        _scene.Do(new Command.Cancel(children[0]));
        var again = Reject(worker, parent, 2, 1);
        _scene.Restart();
        var afterRestart = Reject(worker, parent, 2, 1);

        Assert.Equal((0, RejectionKind.QueueFull), (rejected.Index, rejected.Rejection.Kind));
        Assert.Equal((-1, RejectionKind.QueueFull), (again.Index, again.Rejection.Kind));
        Assert.Equal((-1, RejectionKind.Unavailable), (afterRestart.Index, afterRestart.Rejection.Kind));
        Assert.Single(Submit(worker, parent, 3, 1));
    }

    [Fact]
    public void A_submission_is_accepted_as_a_whole_or_not_at_all()
    {
        var (worker, parent) = Run();

        var rejected = Reject(worker, parent, 1, 4);

        Assert.Equal((3, RejectionKind.QueueFull), (rejected.Index, rejected.Rejection.Kind));
        Assert.Equal(1, _scene.Broker.State.Jobs.Count);
        Assert.DoesNotContain(
            _scene.Changes,
            change => change is RowChange.JobAdded or RowChange.JobRemoved or RowChange.PayloadAdded
        );
        Assert.Equal(3, Submit(worker, parent, 2, 3).Count);
    }

    [Fact]
    public void A_child_of_an_unknown_method_and_one_for_a_draining_queue_are_rejected()
    {
        var (worker, parent) = Run();
        _scene.Do(
            new Command.WriteRegistry([
                new RegistryWrite.Put(QueueSettings.Kind, "eu", """{"draining":true}"""u8.ToArray(), 0),
            ])
        );

        var unknown = Reject(worker, parent, 1, Spec() with { Method = new MethodName("unknown") });
        var draining = Reject(worker, parent, 2, Spec() with { Queue = new QueueName("eu") });

        Assert.Equal(RejectionKind.UnknownMethod, unknown.Rejection.Kind);
        Assert.Equal(RejectionKind.QueueDraining, draining.Rejection.Kind);
    }

    [Fact]
    public void The_quota_of_the_owner_counts_waiting_children()
    {
        var (worker, parent) = Run();
        var quota = new OwnerQuota(2, null);
        var job = new NewJob(Spec(), default) { Quota = quota };

        var rejected = Assert.IsType<Response.ChildrenRejected>(Send(worker, parent, 1, [job, job]));

        Assert.Equal((1, RejectionKind.QuotaExceeded), (rejected.Index, rejected.Rejection.Kind));
    }

    [Fact]
    public void Only_the_holder_of_the_running_attempt_submits_children()
    {
        var (worker, parent) = Run();
        var other = _scene.Join("w2");

        foreach (
            var (sender, lease) in new[]
            {
                (other, parent),
                (worker, parent with { Attempt = 2 }),
                (worker, parent with { Job = new JobId(99) }),
            }
        )
            Assert.Equal(
                RejectionKind.LeaseLost,
                Assert.IsType<Response.Rejected>(Send(sender, lease, 1, [new NewJob(Spec(), default)])).Rejection.Kind
            );
        worker.Succeed(parent);
        Assert.IsType<Response.Rejected>(Send(worker, parent, 1, [new NewJob(Spec(), default)]));
    }

    [Fact]
    public void Cancelling_the_parent_cancels_its_waiting_children_even_if_it_succeeds_nevertheless()
    {
        var (worker, parent) = Run();
        var child = Submit(worker, parent, 1, 1)[0];
        _scene.Ask<Response.CancelRequested>(new Command.Cancel(parent.Job));

        Assert.Equal(JobState.Blocked, _scene.Job(child).Status.State);
        Assert.IsType<Response.Rejected>(Send(worker, parent, 2, [new NewJob(Spec(), default)]));
        worker.Succeed(parent);

        Assert.Equal(JobState.Succeeded, _scene.Done(parent.Job).Job.Status.State);
        Assert.Equal(JobState.Cancelled, _scene.Done(child).Job.Status.State);
    }

    [Fact]
    public void A_waiting_child_can_be_cancelled_and_misses_its_deadline()
    {
        var (worker, parent) = Run();
        var cancelled = Submit(worker, parent, 1, 1)[0];
        var late = Submit(worker, parent, 2, Spec() with { Deadline = _scene.Now + TimeSpan.FromSeconds(1) })[0];

        _scene.Ask<Response.Ended>(new Command.Cancel(cancelled));
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(2));

        Assert.Equal(FailReason.Deadline, _scene.Done(late).Reason);
        worker.Succeed(parent);
        Assert.Equal(0, _scene.Broker.State.Jobs.Count);
    }

    [Fact]
    public void A_removed_child_with_a_deadline_does_not_end_at_its_deadline()
    {
        var (worker, parent) = Run();
        var child = Submit(worker, parent, 1, Spec() with { Deadline = _scene.Now + TimeSpan.FromSeconds(1) })[0];
        worker.Report(new Outcome(parent, OutcomeKind.Rejected));

        _scene.AdvanceAndTick(TimeSpan.FromSeconds(2));

        Assert.Empty(_scene.Changes.OfType<RowChange.JobEnded>());
        Assert.False(_scene.IsLive(child));
    }

    [Fact]
    public void An_expired_lease_removes_the_children_and_cannot_be_resumed()
    {
        var (worker, parent) = Run();
        var child = Submit(worker, parent, 1, 1)[0];

        _scene.AdvanceAndTick(TimeSpan.FromSeconds(31));
        Assert.False(_scene.IsLive(child));
        worker.Exchange(SceneWorker.Holding(parent));

        Assert.NotEqual(parent, _scene.Job(parent.Job).Lease);
        Assert.Equal([parent], worker.Answered.Revoked);
    }

    [Fact]
    public void A_submission_is_undecided_while_the_lease_has_expired_and_the_attempt_may_be_resumed()
    {
        var (worker, parent) = Run();
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(31));

        var early = Assert.IsType<Response.Rejected>(Send(worker, parent, 1, [new NewJob(Spec(), default)]));
        worker.Exchange(SceneWorker.Holding(parent));
        var child = Submit(worker, parent, 1, 1)[0];

        Assert.Equal(RejectionKind.Unavailable, early.Rejection.Kind);
        worker.Succeed(parent);
        Assert.Equal(JobState.Running, _scene.Job(child).Status.State);
    }

    [Fact]
    public void Waiting_children_survive_a_restart_with_their_parent()
    {
        var (worker, parent) = Run();
        var child = Submit(worker, parent, 1, 1)[0];

        _scene.Restart();

        Assert.Equal(JobState.Blocked, _scene.Job(child).Status.State);
        worker.Succeed(parent);
        Assert.Equal(JobState.Ready, _scene.Job(child).Status.State);
    }

    [Fact]
    public void A_waiting_child_without_its_attempt_is_removed_after_a_restart()
    {
        var (worker, parent) = Run();
        var child = Submit(worker, parent, 1, 1)[0];
        var row = _scene.Job(child).ToRow();
        var orphan = row with
        {
            Id = new JobId(1_000),
            Spec = row.Spec with { Parent = new ParentAttempt(parent with { Attempt = 7 }) },
        };
        _scene.Restart();
        _scene.Broker.State.Counters.Enter(orphan.Spec, JobState.Blocked);
        _scene.Broker.Restore(orphan, default);

        _scene.AdvanceAndTick(TimeSpan.FromSeconds(1));

        Assert.Equal([new JobId(1_000)], _scene.Changes.OfType<RowChange.JobRemoved>().Select(removed => removed.Job));
        Assert.True(_scene.IsLive(child));
    }

    [Fact]
    public void A_request_that_waits_for_a_child_is_answered_when_the_child_is_removed()
    {
        var (worker, parent) = Run();
        var child = Submit(worker, parent, 1, 1)[0];
        var request = _scene.Do(new Command.GetJob(child, TimeSpan.FromSeconds(10)));
        Assert.Null(_scene.AnswerTo(request));

        worker.Report(new Outcome(parent, OutcomeKind.Rejected));

        Assert.IsType<Response.NotLive>(_scene.AnswerTo(request));
    }

    [Fact]
    public void Why_names_the_attempt_that_a_child_waits_for()
    {
        var (worker, parent) = Run();
        var child = Submit(worker, parent, 1, 1)[0];

        Assert.Equal(
            $"Waits until attempt 1 of job {parent.Job}, which submitted it, succeeds.",
            Assert.IsType<Response.Live>(Get(child)).Explanation
        );
        _scene.Do(new Command.Cancel(parent.Job));
        Assert.EndsWith(
            "That attempt was asked to stop (cancel).",
            Assert.IsType<Response.Live>(Get(child)).Explanation,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Each_change_of_a_child_is_reported()
    {
        var (worker, parent) = Run();
        var child = Submit(worker, parent, 1, 1)[0];
        worker.Report(new Outcome(parent, OutcomeKind.Rejected));

        Assert.Equal(
            [(JobState.None, JobState.Blocked), (JobState.Blocked, JobState.None)],
            _scene
                .Effects.OfType<Effect.JobMoved>()
                .Where(moved => moved.Job.Id == child)
                .Select(moved => (moved.From, moved.Job.Status.State))
        );
    }

    [Fact]
    public void The_children_that_wait_for_one_worker_are_limited_in_number_and_bytes()
    {
        var scene = new BrokerScene();
        var worker = scene.Join("w1", slots: 2);
        scene.Submit();
        scene.Submit();
        worker.Exchange();
        var held = scene.Broker.State.Workers.All.Single().HeldJobs.Select(job => job.Lease).ToList();
        Response Send(LeaseToken parent, int number, int count, int bytes = 0) =>
            scene.AnswerTo(
                scene.Do(
                    new Command.SubmitChildren(
                        worker.Self,
                        parent,
                        number,
                        count,
                        [.. Enumerable.Repeat(new NewJob(Spec() with { BodyBytes = bytes }, new byte[bytes]), count)]
                    )
                )
            )!;

        Assert.IsType<Response.ChildrenSubmitted>(Send(held[0], 1, 600));
        var tooMany = Assert.IsType<Response.ChildrenRejected>(Send(held[1], 1, 401));
        Assert.IsType<Response.ChildrenSubmitted>(Send(held[1], 2, 340));
        Assert.Equal((400, RejectionKind.TooManyChildren), (tooMany.Index, tooMany.Rejection.Kind));
        var tooLarge = Assert.IsType<Response.ChildrenRejected>(Send(held[1], 3, 60, bytes: 1_200_000));
        Assert.Equal((55, RejectionKind.TooManyChildren), (tooLarge.Index, tooLarge.Rejection.Kind));
        Assert.Equal(942, scene.Broker.State.Jobs.Count);
    }

    private (SceneWorker Worker, LeaseToken Parent) Run()
    {
        var worker = _scene.Join("w1");
        _scene.Submit();
        return (worker, worker.Lease);
    }

    private static JobSpec Spec() =>
        new()
        {
            Queue = QueueName.Default,
            Method = new MethodName("noop"),
            Owner = "admin",
        };

    private IReadOnlyList<JobId> Submit(SceneWorker worker, LeaseToken parent, int number, int count) =>
        Assert
            .IsType<Response.ChildrenSubmitted>(
                Send(worker, parent, number, [.. Enumerable.Repeat(new NewJob(Spec(), default), count)])
            )
            .Children;

    private IReadOnlyList<JobId> Submit(SceneWorker worker, LeaseToken parent, int number, JobSpec spec) =>
        Assert
            .IsType<Response.ChildrenSubmitted>(Send(worker, parent, number, [new NewJob(spec, default)]))
            .Children;

    private Response.ChildrenRejected Reject(SceneWorker worker, LeaseToken parent, int number, int count) =>
        Assert.IsType<Response.ChildrenRejected>(
            Send(
                worker,
                parent,
                number,
                [.. Enumerable.Repeat(new NewJob(Spec() with { BodyBytes = 1 }, new byte[1]), count)]
            )
        );

    private Response.ChildrenRejected Reject(SceneWorker worker, LeaseToken parent, int number, JobSpec spec) =>
        Assert.IsType<Response.ChildrenRejected>(Send(worker, parent, number, [new NewJob(spec, default)]));

    private Response Send(SceneWorker worker, LeaseToken parent, int number, IReadOnlyList<NewJob> jobs) =>
        _scene.AnswerTo(_scene.Do(new Command.SubmitChildren(worker.Self, parent, number, jobs.Count, jobs)))!;

    private Response Get(JobId job) => _scene.AnswerTo(_scene.Do(new Command.GetJob(job, TimeSpan.Zero)))!;
}
