using Headrace.Protocol.Exchange;
using Headrace.Worker.Leases;
using Xunit;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;
using Status = Headrace.Protocol.Exchange.AckStatus;

namespace Headrace.Tests.Worker.Leases;

public sealed class OutcomeReportTests
{
    [Fact]
    public void Free_slots_run_jobs_immediately_and_the_rest_wait_in_order()
    {
        var scene = new MachineScene(slots: 2);

        scene.Grant(4);
        // After this time, the running jobs have taken too long for other jobs to be queued behind them.
        scene.Advance(0.1);
        scene.End(2);

        Assert.Equal([1, 2, 3], scene.Run);
    }

    /// <summary>Creates an idle worker that has measured a run time of 50 µs for its jobs.</summary>
    private static MachineScene AfterShortJob(int slots = 1)
    {
        var scene = new MachineScene(slots);
        scene.Grant();
        scene.Advance(TimeSpan.FromMicroseconds(50));
        scene.End(1);
        scene.Reply(scene.Report);
        return scene;
    }

    [Fact]
    public void An_exchange_lists_waiting_running_and_finished_leases()
    {
        var scene = new MachineScene(slots: 2);
        scene.Grant(3);
        scene.Advance(0.1);
        scene.End(1);

        // The report with the outcome is in flight and not yet acknowledged. The worker must still list the lease,
        // because the broker would otherwise revoke it.
        scene.Reply(scene.Exchange);

        Assert.Equal("1 Succeeded", MachineScene.Outcomes(scene.Report));
        Assert.Equal("1 finished, 2 running, 3 running", MachineScene.Held(scene.Exchange));
        Assert.Empty(scene.Exchange.Request.Outcomes);
    }

    [Fact]
    public void An_outcome_is_sent_immediately_and_listed_until_it_is_acknowledged()
    {
        var scene = new MachineScene();
        scene.Grant();
        scene.End(1, result: "42");

        var report = scene.Report;
        scene.Reply(report);
        scene.Reply(scene.Exchange);

        Assert.Equal("42"u8, report.Request.Outcomes[0].Result.Span);
        Assert.NotNull(report.Request.Outcomes[0].Metrics?.Received);
        Assert.Empty(scene.Exchange.Request.LeasesHeld);
    }

    [Theory]
    [InlineData(Status.Repeated)]
    [InlineData(Status.Dropped)]
    public void An_outcome_acknowledged_as_repeated_or_dropped_is_complete(Status status)
    {
        var scene = new MachineScene();
        scene.Grant();
        scene.End(1);

        scene.Reply(scene.Report, reply => reply.Acks[0] = reply.Acks[0] with { Status = status });
        scene.Reply(scene.Exchange);

        Assert.Empty(scene.Exchange.Request.LeasesHeld);
        Assert.Empty(scene.Reports);
    }

    [Fact]
    public void An_outcome_whose_report_was_lost_is_resent_and_its_lease_stays_listed()
    {
        var scene = new MachineScene();
        scene.Grant();
        scene.End(1);

        scene.NotReply(scene.Report);
        scene.Advance(0.05);
        var again = scene.Report;
        scene.Reply(scene.Exchange);

        Assert.Equal("1 Succeeded", MachineScene.Outcomes(again));
        Assert.Equal("1 finished", MachineScene.Held(scene.Exchange));
    }

    [Fact]
    public void A_waiting_outcome_is_sent_in_the_next_exchange()
    {
        var scene = new MachineScene();
        scene.Grant();
        scene.NotReply(scene.Exchange);
        scene.End(1);

        scene.Advance(0.05);

        Assert.Equal("1 Succeeded", MachineScene.Outcomes(scene.Exchange));
        Assert.Empty(scene.Reports);
    }

    [Fact]
    public void The_next_exchange_waits_for_short_jobs_and_carries_their_outcomes()
    {
        var scene = AfterShortJob(slots: 2);
        scene.Grant(2);
        var before = scene.InFlight.Count;

        scene.End(2);

        Assert.Equal(0, before);
        Assert.Equal("2 Succeeded", MachineScene.Outcomes(scene.Exchange));
        Assert.Equal("2 finished, 3 running", MachineScene.Held(scene.Exchange));
        Assert.Empty(scene.Reports);
    }

    [Fact]
    public void An_exchange_waits_at_most_ten_milliseconds_for_an_unexpectedly_long_job()
    {
        var scene = AfterShortJob();
        scene.Grant();

        scene.Advance(TimeSpan.FromMilliseconds(9));
        var before = scene.InFlight.Count;
        scene.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(0, before);
        Assert.Equal("2 running", MachineScene.Held(scene.Exchange));
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(1, 100)]
    public void An_exchange_does_not_wait_while_a_slot_is_free_or_more_jobs_wait_than_fit(int slots, int jobs)
    {
        var scene = AfterShortJob(slots);

        scene.Grant(jobs);

        Assert.Equal(jobs, scene.Exchange.Request.LeasesHeld.Count);
    }

    [Fact]
    public void An_exchange_does_not_wait_while_a_stream_has_free_capacity()
    {
        var scene = new MachineScene();
        for (var job = 1UL; job <= 2; job++)
        {
            scene.Begin(scene.Grant(1, lease => lease.Method = "stream")[0]);
            scene.Advance(TimeSpan.FromMicroseconds(50));
            scene.End(job);
            scene.ReplyToReports();
        }

        scene.Begin(scene.Grant(1, lease => lease.Method = "stream")[0]);

        Assert.Equal(3, scene.Exchange.Request.LeasesHeld[^1].Lease.Job.Value);
    }

    [Fact]
    public void At_most_three_reports_are_in_flight_and_the_next_one_carries_all_waiting_outcomes()
    {
        var scene = new MachineScene(slots: 6);
        scene.Grant(6);
        for (var job = 1UL; job <= 6; job++)
            scene.End(job);

        var underWay = scene.Reports;
        scene.Reply(underWay[0]);

        Assert.Equal(3, underWay.Count);
        Assert.Equal("4 Succeeded, 5 Succeeded, 6 Succeeded", MachineScene.Outcomes(scene.Reports[^1]));
    }

    [Fact]
    public void A_message_holds_at_most_eight_megabytes_of_outcomes_and_the_rest_follow()
    {
        var scene = new MachineScene(slots: 10);
        scene.Grant(10);
        var result = new byte[1 << 20];
        for (var job = 1UL; job <= 10; job++)
            scene.Handle(
                new WorkerEvent.Ended(MachineScene.Token(job), new MethodEnd(Kind.Succeeded) { Result = result })
            );

        scene.Wake();

        Assert.Equal([7, 3], scene.Reports.Select(r => r.Request.Outcomes.Count));
    }

    [Fact]
    public void A_start_reported_in_an_exchange_is_not_reported_again()
    {
        var scene = new MachineScene();
        scene.Grant();
        var exchange = scene.Exchange;

        scene.Advance(0.5);

        Assert.Equal("1 running", MachineScene.Held(exchange));
        Assert.Empty(scene.Reports);
    }

    [Fact]
    public void A_start_that_may_not_have_arrived_is_reported_again()
    {
        var scene = new MachineScene();
        scene.Grant();

        scene.NotReply(scene.Exchange);
        scene.Advance(0.05);

        Assert.Equal("1 running", MachineScene.Held(scene.Exchange));
    }

    [Fact]
    public void The_start_of_a_job_that_waited_for_a_slot_is_reported_while_the_exchange_is_parked()
    {
        var scene = new MachineScene();
        scene.Grant(2);
        scene.End(1);
        scene.Reply(scene.Report);

        scene.Advance(0.04);
        var early = scene.Reports.Count;
        scene.Advance(0.01);

        Assert.Equal(0, early);
        Assert.Equal("2 running", MachineScene.Held(scene.Report));
    }

    [Fact]
    public void Progress_is_sent_at_most_twice_a_second_with_the_latest_value()
    {
        var scene = new MachineScene();
        scene.Grant();
        var reports = new List<WorkerStep.Send>();
        for (var i = 1; i <= 100; i++)
        {
            scene.Handle(
                new WorkerEvent.ProgressReported(MachineScene.Token(1), new Progress { Fraction = i / 100.0 }, null)
            );
            scene.Advance(0.02);
            reports.AddRange(scene.Reports.Where(r => r.Request.LeasesHeld.Count > 0));
            scene.ReplyToReports();
        }
        scene.Advance(1);
        reports.AddRange(scene.Reports.Where(r => r.Request.LeasesHeld.Count > 0));

        Assert.InRange(reports.Count, 4, 5);
        Assert.Equal(1.0, reports[^1].Request.LeasesHeld[0].Progress?.Fraction);
    }

    [Fact]
    public void The_log_is_sent_every_two_seconds_and_with_the_outcome()
    {
        var scene = new MachineScene();
        scene.Grant();
        scene.Advance(5);
        scene.ReplyToReports();
        scene.Handle(new WorkerEvent.ProgressReported(MachineScene.Token(1), null, "a\n"u8.ToArray()));
        scene.Wake();
        var first = scene.Report;
        scene.Reply(first);
        scene.Handle(new WorkerEvent.ProgressReported(MachineScene.Token(1), null, "a\nb\n"u8.ToArray()));
        scene.Advance(1.9);
        var early = scene.Reports.Count;
        scene.Handle(
            new WorkerEvent.Ended(MachineScene.Token(1), new MethodEnd(Kind.Failed) { Log = "a\nb\nc\n"u8.ToArray() })
        );
        scene.Wake();

        Assert.Equal("a\n"u8, first.Request.Logs[0].Lines.Span);
        Assert.Equal(0, early);
        Assert.Equal("a\nb\nc\n"u8, Assert.Single(scene.Report.Request.Logs).Lines.Span);
    }

    [Fact]
    public void Short_jobs_are_prefetched_and_long_ones_are_not()
    {
        var scene = new MachineScene();
        for (var i = 0; i < 50; i++)
        {
            var job = scene.Grant()[0];
            scene.Advance(0.001);
            scene.End(job);
            scene.Reply(scene.Report);
        }
        scene.Grant();
        var afterShort = scene.Exchange.Request.Prefetch;
        scene.Advance(2);
        scene.End(51);
        scene.ReplyToReports();
        scene.Reply(scene.Exchange);

        Assert.InRange(afterShort, 15U, 25U);
        Assert.Equal(0U, scene.Exchange.Request.Prefetch);
    }

    [Fact]
    public void Jobs_waiting_behind_a_long_job_are_released_and_no_more_are_requested()
    {
        var scene = new MachineScene();
        scene.Grant(2);

        scene.Advance(0.9);
        var early = scene.Reports.SelectMany(r => r.Request.Outcomes).Count();
        foreach (var report in scene.Reports)
            scene.Reply(report);
        scene.Advance(0.2);

        Assert.Equal(0, early);
        Assert.Equal("2 Released", MachineScene.Outcomes(scene.Report));
        Assert.Equal(0U, scene.Report.Request.Prefetch);
        Assert.Equal([1], scene.Run);
    }

    [Fact]
    public void A_worker_that_stays_busy_reports_that_it_accepts_no_further_jobs()
    {
        var scene = new MachineScene();
        scene.Grant();

        scene.Advance(1);

        Assert.Equal(0U, scene.Report.Request.Prefetch);
    }

    [Fact]
    public void A_job_whose_body_is_a_payload_reference_fails_and_never_runs_without_it()
    {
        var scene = new MachineScene(slots: 2);
        scene.Grant(1, job => job.Payload = new PayloadReference { Id = 7 });
        scene.Grant();

        var outcome = scene.Sent.SelectMany(message => message.Request.Outcomes).First();
        Assert.Equal(
            (MachineScene.Token(1), Kind.Failed, "UnsupportedPayload", false),
            (outcome.Lease, outcome.Kind, outcome.Error!.Type, outcome.Error.Retryable)
        );
        Assert.Contains("payload 7", outcome.Error.Message, StringComparison.Ordinal);
        Assert.Equal([2], scene.Run);
    }

    [Fact]
    public void A_suspect_waits_for_running_jobs_while_the_rest_are_released_and_then_runs_alone()
    {
        var scene = new MachineScene(slots: 2);
        scene.Grant(3);
        scene.Grant(1, job => job.Isolated = true);
        var released = MachineScene.Outcomes(scene.Exchange);

        scene.End(1);
        var beside = scene.Run;
        scene.End(2);
        var alone = scene.Run;
        scene.Grant();
        scene.End(4);

        Assert.Equal("3 Released", released);
        Assert.Equal([1, 2], beside);
        Assert.Equal([1, 2, 4], alone);
        Assert.Equal("5 Released", MachineScene.Outcomes(scene.Exchange));
        Assert.Equal(0U, scene.Exchange.Request.Prefetch);
        Assert.Equal([1, 2, 4], scene.Run);
    }
}
