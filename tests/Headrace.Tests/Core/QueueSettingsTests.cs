using System.Text;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Queues;
using Headrace.Core.Registry;
using Xunit;

namespace Headrace.Tests.Core;

/// <summary>Tests the settings of a queue, which the broker reads from the registry.</summary>
public sealed class QueueSettingsTests
{
    private static readonly DateTimeOffset At = new(2027, 1, 15, 8, 0, 0, TimeSpan.Zero);
    private readonly BrokerScene _scene = new();

    [Fact]
    public void No_job_of_a_paused_queue_is_claimed_until_it_is_resumed()
    {
        var worker = _scene.Join("w1");
        Configure(new QueueSettings { Paused = true });

        var job = _scene.Submit();
        Assert.Equal(JobState.Ready, _scene.Job(job).Status.State);
        Assert.Null(worker.Reply);

        Configure(QueueSettings.Default);
        Assert.Equal(job, worker.Lease.Job);
    }

    [Fact]
    public void A_pause_does_not_affect_running_jobs_nor_other_queues()
    {
        var worker = _scene.Join("w1", slots: 2);
        var running = new LeaseToken(_scene.Submit(), 1);
        Configure(new QueueSettings { Paused = true });

        worker.Exchange([SceneWorker.Holding(running)], []);
        var other = _scene.Submit(with: spec => spec with { Queue = new QueueName("other") });

        Assert.Equal(other, worker.Lease.Job);
        worker.Succeed(running);
        Assert.False(_scene.IsLive(running.Job));
    }

    [Fact]
    public void A_pause_is_in_effect_after_a_restart_before_the_first_job_is_claimed()
    {
        Known();
        Configure(new QueueSettings { Paused = true });
        var job = _scene.Submit();

        _scene.Restart();
        _scene.Join("w2");

        Assert.Equal(JobState.Ready, _scene.Job(job).Status.State);
    }

    [Fact]
    public void The_retry_policy_of_a_queue_completes_that_of_the_submission_and_of_the_method_R21()
    {
        var offer = new Offer(new MethodName("stated"), 1, "{}");
        var delay = new RetryOptions { Delay = TimeSpan.FromSeconds(7) };
        _scene.Do(new Command.RegisterMethods([offer with { Method = new MethodName("noop") }]));
        _scene.Do(new Command.RegisterMethods([offer with { Retry = delay }]));
        Configure(
            new QueueSettings
            {
                Retry = new RetryOptions
                {
                    Max = 9,
                    Delay = TimeSpan.FromSeconds(5),
                    Factor = 1,
                },
            }
        );

        var plain = PolicyOf("noop", RetryOptions.None);
        var ofMethod = PolicyOf("stated", RetryOptions.None);
        var ofJob = PolicyOf("stated", new RetryOptions { Max = 1 });

        Assert.Equal((9, 5, 1), (plain.Max, plain.Delay.Seconds, plain.Factor));
        Assert.Equal((9, 7, 1), (ofMethod.Max, ofMethod.Delay.Seconds, ofMethod.Factor));
        Assert.Equal((1, 7, 1), (ofJob.Max, ofJob.Delay.Seconds, ofJob.Factor));

        RetryPolicy PolicyOf(string method, RetryOptions stated)
        {
            var spec = new JobSpec
            {
                Queue = QueueName.Default,
                Method = new MethodName(method),
                Owner = "admin",
            };
            var submit = new Command.Submit([new NewJob(spec, default) { Retry = stated }]);
            return _scene.Job(_scene.Ask<Response.Submitted>(submit).Results[0].Id).Spec.Retry;
        }
    }

    [Fact]
    public void A_job_explains_that_its_queue_is_paused_by_whom_and_how_to_resume_it()
    {
        _scene.Join("w1");
        Configure(
            new QueueSettings
            {
                Paused = true,
                ChangedBy = "jan",
                ChangedAt = At,
            }
        );

        Assert.Equal(
            "Queue 'default' was paused by jan at 2027-01-15T08:00:00Z. Its jobs will not start until it is resumed: "
                + "headrace queues resume default.",
            Why(_scene.Submit())
        );
    }

    [Fact]
    public void A_job_of_a_paused_queue_also_explains_that_no_worker_offers_its_method()
    {
        Known();
        Configure(new QueueSettings { Paused = true });

        Assert.Contains("No running worker offers noop", Why(_scene.Submit()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_paused_queue_ends_its_reservation_of_a_worker_R19()
    {
        var worker = _scene.Join("w1", 4, 0, "wide@1:4", "noop@1");
        var running = new LeaseToken(_scene.Submit(), 1);
        worker.Exchange([SceneWorker.Holding(running)], []);
        _scene.Submit("wide", spec => spec with { Queue = new QueueName("wide") });
        Assert.Equal(1, _scene.Broker.State.Reservations.Count);

        Configure(new QueueSettings { Paused = true }, "wide");

        Assert.Equal(0, _scene.Broker.State.Reservations.Count);
    }

    [Fact]
    public void The_jobs_of_a_paused_queue_do_not_let_a_pool_grow()
    {
        Known();
        Configure(new QueueSettings { Paused = true });
        _scene.Submit();

        Assert.Empty(_scene.Ask<Response.Demand>(new Command.ListDemand()).Lanes);
    }

    [Fact]
    public void A_draining_queue_rejects_further_jobs_and_runs_those_it_has()
    {
        Known();
        var job = _scene.Submit();
        Configure(new QueueSettings { Draining = true });

        var rejected = _scene.TrySubmit();
        Assert.Equal(RejectionKind.QueueDraining, rejected.Rejection!.Kind);
        Assert.Contains("headrace queues resume default", rejected.Rejection.Detail, StringComparison.Ordinal);
        Assert.Equal(job, _scene.Join("w2").Lease.Job);
    }

    [Fact]
    public void The_limits_of_a_queue_replace_those_of_the_server()
    {
        Known();
        Configure(new QueueSettings { MaxJobs = 1 });
        _scene.Submit();

        var rejected = _scene.TrySubmit();
        Assert.Equal(RejectionKind.QueueFull, rejected.Rejection!.Kind);
        Assert.Contains("limit of 1 job.", rejected.Rejection.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_request_waits_for_a_place_in_a_full_queue_until_a_job_has_ended()
    {
        Known();
        Configure(new QueueSettings { MaxJobs = 1, WaitWhenFull = TimeSpan.FromSeconds(5) });
        var job = _scene.Submit();
        Assert.Equal(TimeSpan.FromSeconds(5), _scene.TrySubmit().Rejection!.MayWait);

        var first = _scene.Do(new Command.AwaitPlace(QueueName.Default, 10, TimeSpan.FromSeconds(5)));
        var second = _scene.Do(new Command.AwaitPlace(QueueName.Default, 10, TimeSpan.FromSeconds(5)));
        Assert.Null(_scene.AnswerTo(first));

        _scene.Do(new Command.Cancel(job));
        Assert.IsType<Response.Acknowledged>(_scene.AnswerTo(first));
        Assert.Null(_scene.AnswerTo(second));

        _scene.AdvanceAndTick(TimeSpan.FromSeconds(5));
        Assert.IsType<Response.Acknowledged>(_scene.AnswerTo(second));
    }

    [Fact]
    public void A_higher_limit_and_a_drain_end_the_wait_for_a_place()
    {
        Known();
        Configure(new QueueSettings { MaxJobs = 1 });
        _scene.Submit();

        var first = _scene.Do(new Command.AwaitPlace(QueueName.Default, 10, TimeSpan.FromSeconds(5)));
        Configure(new QueueSettings { MaxJobs = 2 });
        Assert.IsType<Response.Acknowledged>(_scene.AnswerTo(first));

        _scene.Submit();
        var second = _scene.Do(new Command.AwaitPlace(QueueName.Default, 10, TimeSpan.FromSeconds(5)));
        Assert.Null(_scene.AnswerTo(second));
        Configure(new QueueSettings { MaxJobs = 2, Draining = true });
        Assert.IsType<Response.Acknowledged>(_scene.AnswerTo(second));
    }

    [Fact]
    public void A_request_whose_caller_disconnects_no_longer_waits_for_a_place()
    {
        Known();
        Configure(new QueueSettings { MaxJobs = 1 });
        var job = _scene.Submit();
        var request = _scene.Do(new Command.AwaitPlace(QueueName.Default, 10, TimeSpan.FromSeconds(5)));

        _scene.Broker.OnCallerDisconnected(request);
        _scene.Do(new Command.Cancel(job));

        Assert.Null(_scene.AnswerTo(request));
        Assert.Empty(_scene.Broker.State.PlaceWaiters.RequestIds);
    }

    [Fact]
    public void A_limit_below_what_a_queue_holds_keeps_its_jobs()
    {
        Known();
        _scene.Submit();
        _scene.Submit();

        Configure(new QueueSettings { MaxJobs = 1 });

        Assert.Equal(2, _scene.Ask<Response.Queues>(new Command.GetQueue(QueueName.Default)).Items.Single().Jobs);
    }

    [Fact]
    public void A_job_without_a_time_limit_receives_that_of_its_queue()
    {
        Known();
        Configure(new QueueSettings { TimeLimit = TimeSpan.FromMinutes(5) });

        Assert.Equal(TimeSpan.FromMinutes(5), _scene.Job(_scene.Submit()).Spec.TimeLimit);
        var own = _scene.Submit(with: spec => spec with { TimeLimit = TimeSpan.FromSeconds(1) });
        Assert.Equal(TimeSpan.FromSeconds(1), _scene.Job(own).Spec.TimeLimit);
    }

    [Fact]
    public void A_queue_with_settings_is_listed_before_it_has_a_job()
    {
        Configure(new QueueSettings { MaxJobs = 7 }, "eu");

        var queue = _scene.Ask<Response.Queues>(new Command.ListQueues(new ListRange(null))).Items.Single();
        Assert.Equal(("eu", 7), (queue.Name.Text, queue.MaxJobs));
    }

    [Fact]
    public void Settings_that_cannot_be_read_are_rejected()
    {
        var rejected = _scene.Ask<Response.Rejected>(Put("default", Encoding.UTF8.GetBytes("[]")));
        Assert.Contains("settings of queue 'default'", rejected.Rejection.Detail, StringComparison.Ordinal);

        rejected = _scene.Ask<Response.Rejected>(Put("No", QueueSettings.Default.ToJson()));
        Assert.Contains("'No' is not valid", rejected.Rejection.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_purge_cancels_the_ready_jobs_and_leaves_the_others()
    {
        var worker = _scene.Join("w1");
        var running = new LeaseToken(_scene.Submit(), 1);
        worker.Exchange([SceneWorker.Holding(running)], []);
        var scheduled = _scene.Submit(with: spec => spec with { ScheduledAt = _scene.Now + TimeSpan.FromDays(1) });
        _scene.Submit();
        _scene.Submit(with: spec => spec with { Priority = 3 });
        _scene.Submit();

        var purged = _scene.Ask<Response.Purged>(new Command.Purge(QueueName.Default, 2));
        Assert.Equal((2, 1), (purged.Jobs, purged.Ready));
        purged = _scene.Ask<Response.Purged>(new Command.Purge(QueueName.Default, 10));
        Assert.Equal((1, 0), (purged.Jobs, purged.Ready));

        Assert.True(_scene.IsLive(running.Job));
        Assert.True(_scene.IsLive(scheduled));
    }

    [Fact]
    public void A_purge_and_its_audit_entry_are_one_commit_also_while_disk_space_is_low_R27()
    {
        var worker = _scene.Join("w1");
        worker.Exchange([SceneWorker.Holding(new LeaseToken(_scene.Submit(), 1))], []);
        _scene.Submit();
        _scene.Do(new Command.DiskSpaceChanged(true, "12 MB are free, 64 MB are needed"));

        var purged = _scene.Ask<Response.Purged>(
            new Command.Purge(QueueName.Default, 9)
            {
                AuditEntry = new RegistryWrite.AppendRecord("audit", "{}"u8.ToArray()),
            }
        );

        Assert.Equal(1, purged.Jobs);
        Assert.Single(_scene.Changes.OfType<RowChange.JobEnded>());
        Assert.Equal("audit", Assert.Single(_scene.Changes.OfType<RowChange.RecordPut>()).Row.Kind);
    }

    [Fact]
    public void A_purge_of_a_queue_without_jobs_does_nothing() =>
        Assert.Equal(new Response.Purged(0, 0), _scene.Ask<Response.Purged>(new Command.Purge(new QueueName("x"), 9)));

    [Fact]
    public void Every_setting_is_read_back_from_its_document()
    {
        var settings = new QueueSettings
        {
            MaxJobs = 1,
            MaxBytes = 2,
            Paused = true,
            Draining = true,
            TimeLimit = TimeSpan.FromSeconds(3),
            WaitWhenFull = TimeSpan.FromSeconds(8),
            KeepSucceeded = new(TimeSpan.FromDays(4), 5),
            KeepFailed = new(TimeSpan.FromDays(6), 7),
            ChangedBy = "jan",
            ChangedAt = At,
        };

        Assert.Equal(settings, QueueSettings.TryParse(settings.ToJson()));
        Assert.Equal("{}", Encoding.UTF8.GetString(QueueSettings.Default.ToJson()));
        Assert.Equal(QueueSettings.Default, QueueSettings.TryParse("""{"later":true}"""u8));
    }

    /// <summary>Registers the method without a worker.</summary>
    private void Known() => _scene.Do(new Command.RegisterMethods([new Offer(new MethodName("noop"), 1, "{}")]));

    private string? Why(JobId job) => _scene.Ask<Response.Live>(new Command.GetJob(job, TimeSpan.Zero)).Explanation;

    private void Configure(QueueSettings settings, string queue = "default") =>
        _scene.Ask<Response.RegistryWritten>(Put(queue, settings.ToJson()));

    private static Command.WriteRegistry Put(string queue, byte[] json) =>
        new([new RegistryWrite.Put(QueueSettings.Kind, queue, json, RegistryWrite.AnyVersion)]);
}
