using Headrace.Core;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

public sealed class SubmitTests
{
    [Fact]
    public void A_submitted_job_is_written_in_its_batch_and_becomes_ready()
    {
        var scene = new BrokerScene();
        scene.Join("w1", slots: 0);

        var id = scene.Submit();

        var added = Assert.Single(scene.Changes.OfType<RowChange.JobAdded>());
        Assert.Equal(id, added.Row.Id);
        Assert.Equal(JobState.Ready, added.Row.Status.State);
    }

    [Fact]
    public void An_unknown_method_is_rejected_with_the_list_of_known_methods_R22()
    {
        var scene = new BrokerScene();
        scene.Join("w1", methods: ["sha512@1", "noop@2"]);

        var rejection = scene.TrySubmit("sha513").Rejection!;

        Assert.Equal(RejectionKind.UnknownMethod, rejection.Kind);
        Assert.Contains("'sha513'", rejection.Detail, StringComparison.Ordinal);
        Assert.Contains(
            "Did you mean 'sha512'? Known methods: noop@2, sha512@1.",
            rejection.Detail,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("sha215", "Did you mean 'sha512'? Known methods: ")]
    [InlineData("sha512@7", "Its versions are sha512@1, sha512@2. Known methods: ")]
    [InlineData("forecast", "Known methods: ")]
    public void A_wrong_name_of_a_method_is_answered_with_the_nearest_one_and_ten_others_R22(string name, string text)
    {
        var scene = new BrokerScene();
        string[] others = [.. Enumerable.Range(1, 12).Select(i => $"method-{i:00}@1")];
        scene.Join("w1", methods: [.. others, "sha512@1", "sha512@2"]);

        var rejection = scene.TrySubmit(name).Rejection!;

        Assert.Equal(
            $"No worker has ever offered the method '{name}'. {text}{string.Join(", ", others.Take(10))} and 4 more.",
            rejection.Detail
        );
    }

    [Fact]
    public void A_known_method_that_no_worker_offers_is_accepted_with_an_explanation_R22()
    {
        var scene = new BrokerScene();
        var worker = scene.Join("w1");
        scene.Do(new Command.WorkerDied(worker.Self, ExitKind.Ended));

        var id = scene.Submit();

        Assert.Equal(
            "No running worker offers noop. Start a worker that does, or install the method: headrace methods install.",
            scene.Ask<Response.Live>(new Command.GetJob(id, default)).Explanation
        );
    }

    [Fact]
    public void A_full_queue_rejects_jobs_with_a_retry_time_and_keeps_its_limit_R13()
    {
        var scene = new BrokerScene(new BrokerOptions { MaxQueueJobs = 2 });
        scene.Join("w1", slots: 0);
        scene.Submit();
        scene.Submit();

        var rejection = scene.TrySubmit().Rejection!;

        Assert.Equal((RejectionKind.QueueFull, JobBound.QueueJobs), (rejection.Kind, rejection.Bound));
        Assert.Equal(TimeSpan.FromSeconds(5), rejection.RetryAfter);
        Assert.Contains("has reached its limit of 2 jobs", rejection.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_running_job_keeps_its_queue_place_until_it_ends_R13()
    {
        var scene = new BrokerScene(new BrokerOptions { MaxQueueJobs = 1 });
        var worker = scene.Join("w1");
        scene.Submit();
        Assert.NotNull(scene.TrySubmit().Rejection);

        worker.Succeed(worker.Lease);

        Assert.Null(scene.TrySubmit().Rejection);
    }

    [Fact]
    public void A_queue_is_also_limited_in_bytes()
    {
        var scene = new BrokerScene(new BrokerOptions { MaxQueueBytes = 100 });
        scene.Join("w1", slots: 0);
        scene.Submit(with: spec => spec with { BodyBytes = 60 });

        var rejection = scene.TrySubmit(with: spec => spec with { BodyBytes = 41 }).Rejection!;

        Assert.Contains(
            "holds 60 bytes, and this job of 41 bytes would exceed its limit of 100 bytes",
            rejection.Detail,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_job_for_a_later_time_is_scheduled_and_becomes_ready_at_that_time()
    {
        var scene = new BrokerScene();
        var worker = scene.Join("w1");
        var id = scene.Submit(with: spec => spec with { ScheduledAt = scene.Now + TimeSpan.FromSeconds(3) });
        Assert.Equal(JobState.Scheduled, scene.Job(id).Status.State);

        scene.AdvanceAndTick(TimeSpan.FromSeconds(2));
        Assert.Null(worker.Reply);
        scene.AdvanceAndTick(TimeSpan.FromSeconds(1));

        Assert.Equal(id, worker.Lease.Job);
    }

    [Fact]
    public void A_waiting_job_fails_at_its_deadline()
    {
        var scene = new BrokerScene();
        scene.Join("w1", slots: 0);
        var id = scene.Submit(with: spec => spec with { Deadline = scene.Now + TimeSpan.FromSeconds(1) });

        scene.AdvanceAndTick(TimeSpan.FromSeconds(1));

        Assert.Equal((JobState.Failed, FailReason.Deadline), (scene.Done(id).Job.Status.State, scene.Done(id).Reason));
    }

    [Fact]
    public void An_ended_job_with_a_far_deadline_does_not_stay_in_memory_R2()
    {
        var scene = new BrokerScene();
        scene.Join("w1", slots: 0);

        for (var i = 0; i < 5_000; i++)
        {
            var id = scene.Submit(with: spec =>
                spec with
                {
                    ScheduledAt = scene.Now + TimeSpan.FromDays(900),
                    Deadline = scene.Now + TimeSpan.FromDays(1_000),
                }
            );
            scene.Do(new Command.Cancel(id));
        }

        Assert.InRange(scene.Broker.State.Scheduled.Count + scene.Broker.State.Deadlines.Count, 0, 2 * 1_024);
    }

    [Fact]
    public void One_tick_changes_no_more_jobs_than_a_command_may_R3()
    {
        var scene = new BrokerScene();
        scene.Join("w1", slots: 0);
        for (var i = 0; i < 1_500; i++)
            scene.Submit(with: spec => spec with { ScheduledAt = scene.Now + TimeSpan.FromSeconds(1) });

        scene.AdvanceAndTick(TimeSpan.FromSeconds(1));

        Assert.Equal(Limits.JobsPerCommand, scene.Changes.OfType<RowChange.JobChanged>().Count());
        scene.Do(new Command.Tick());
        Assert.Equal(500, scene.Changes.OfType<RowChange.JobChanged>().Count());
    }
}
