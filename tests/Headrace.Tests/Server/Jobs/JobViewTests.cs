using System.Text;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Headrace.Server.Jobs;
using Xunit;

namespace Headrace.Tests.Server.Jobs;

public sealed class JobViewTests
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 31, 12, 0, 0, TimeSpan.Zero);

    private static readonly JobSpec Spec = new()
    {
        Queue = new QueueName("eu"),
        Method = new MethodName("sha512"),
        Owner = "ada",
        Submitted = Instant.From(Noon),
        ScheduledAt = Instant.From(Noon),
    };

    [Fact]
    public void A_waiting_job_shows_its_specification_and_no_run()
    {
        var view = JobView.Of(new JobRow(JobId.Of(3, 42), Spec, new JobStatus { State = JobState.Ready }), "It waits.");

        Assert.Equal(
            """{"id":"3-42","state":"ready","queue":"eu","method":"sha512","priority":0,"owner":"ada","inputBytes":0,"""
                + "\"attempt\":0,\"failures\":0,\"retries\":3,\"submitted\":\"2030-01-31T12:00:00+00:00\","
                + "\"why\":\"It waits.\"}",
            Json(view)
        );
    }

    [Fact]
    public void A_running_job_shows_its_worker_version_and_progress()
    {
        var spec = Spec with
        {
            Version = 1,
            Params = Encoding.UTF8.GetBytes("""{"a":1.50}"""),
            Priority = -1,
            ScheduledAt = Instant.From(Noon.AddHours(1)),
            Deadline = Instant.From(Noon.AddHours(2)),
            TimeLimit = TimeSpan.FromSeconds(90),
            BodyBytes = 7,
            ContentType = "text/csv",
        };
        var now = new JobStatus
        {
            State = JobState.Running,
            Attempt = 2,
            Failures = 1,
            RanVersion = 1,
            Claimed = Instant.From(Noon.AddMinutes(61)),
            Holder = new LeaseHolder(new WorkerName("w1"), new Incarnation(1)),
            StopRequest = StopReason.Cancel,
        };

        var view = JobView.Of(new JobRow(new JobId(7), spec, now) { Progress = new Progress(0.25, "a quarter") });

        Assert.Equal(
            ("running", "sha512@1", "w1", 2, 1, "cancel"),
            (view.State, view.Method, view.Worker, view.Attempt, view.Failures, view.StopRequested)
        );
        Assert.Equal(
            ("{\"a\":1.50}", -1, 7L, "text/csv", "90s"),
            (view.Params?.GetRawText(), view.Priority, view.InputBytes, view.ContentType, view.TimeLimit)
        );
        Assert.Equal(
            (Noon.AddHours(1), Noon.AddHours(2), Noon.AddMinutes(61)),
            (view.ScheduledAt, view.Deadline, view.Claimed)
        );
        Assert.Equal(new ProgressReply(0.25, "a quarter"), view.Progress);
    }

    [Fact]
    public void A_requeued_job_shows_no_worker()
    {
        var now = new JobStatus
        {
            State = JobState.Ready,
            Attempt = 1,
            RanVersion = 1,
            Holder = new LeaseHolder(new WorkerName("w1"), new Incarnation(1)),
        };

        Assert.Null(JobView.Of(new JobRow(new JobId(7), Spec, now)).Worker);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_fraction_that_JSON_cannot_represent_is_shown_as_zero(double fraction)
    {
        var view = JobView.Of(
            new JobRow(new JobId(7), Spec, new JobStatus { State = JobState.Running })
            {
                Progress = new Progress(fraction, null),
            }
        );

        Assert.Contains("\"fraction\":0", Json(view), StringComparison.Ordinal);
    }

    [Fact]
    public void A_succeeded_job_shows_the_address_of_its_result()
    {
        var view = JobView.Of(
            Done(JobState.Succeeded, FailReason.None) with
            {
                ResultBytes = 128,
                ResultType = "text/plain",
                Metrics = new AttemptMetrics(
                    Instant.From(Noon),
                    Instant.From(Noon.AddSeconds(1)),
                    Instant.From(Noon.AddSeconds(2)),
                    1,
                    1
                ),
            }
        );

        Assert.Equal(
            ("succeeded", null, 128L, "text/plain", "/v1/jobs/7/result"),
            (view.State, view.Reason, view.ResultBytes, view.ResultType, view.ResultUrl)
        );
        Assert.Equal((Noon.AddSeconds(1), Noon.AddSeconds(3)), (view.Started, view.Ended));
    }

    [Fact]
    public void A_failed_job_shows_the_reason_and_the_error()
    {
        var view = JobView.Of(
            Done(JobState.Failed, FailReason.TooLarge) with
            {
                Error = new JobError("Oops", "no luck", "at line 1"),
            }
        );

        Assert.Equal(
            ("failed", "too-large", new ErrorReply("Oops", "no luck", "at line 1")),
            (view.State, view.Reason, view.Error)
        );
        Assert.Null(view.ResultUrl);
        Assert.Null(view.ResultBytes);
    }

    [Theory]
    [InlineData(JobState.Succeeded, 2, "It succeeded in attempt 2 on worker w1.")]
    [InlineData(JobState.Failed, 2, "It failed (exhausted) after attempt 2: no luck")]
    [InlineData(JobState.Failed, 0, "It failed (exhausted) before its first attempt: no luck")]
    [InlineData(JobState.Cancelled, 0, "It was cancelled before its first attempt.")]
    [InlineData(JobState.Cancelled, 2, "It was cancelled after attempt 2.")]
    public void The_end_of_a_job_is_described_in_a_sentence(JobState state, int attempt, string words)
    {
        var row = Done(state, FailReason.Exhausted, attempt) with { Error = new JobError("Oops", "no luck") };

        Assert.Equal(words, EndDescription.Of(row));
    }

    [Fact]
    public void Every_outcome_has_a_name() =>
        Assert.Equal(
            "succeeded, failed, rejected, timed out, cancelled, released, lost, too large, crashed",
            string.Join(
                ", ",
                Enum.GetValues<OutcomeKind>()
                    .Select(kind =>
                        AttemptView
                            .Of(new AttemptRow(new LeaseToken(new JobId(7), 1), default, kind, default, default, null))
                            .Outcome
                    )
            )
        );

    private static DoneRow Done(JobState state, FailReason reason, int attempt = 1) =>
        new(
            new JobRow(
                new JobId(7),
                Spec,
                new JobStatus
                {
                    State = state,
                    Attempt = attempt,
                    Holder = new LeaseHolder(new WorkerName("w1"), new Incarnation(1)),
                }
            ),
            1,
            Instant.From(Noon.AddSeconds(3)),
            reason
        );

    private static string Json(JobReply view) =>
        Encoding.UTF8.GetString(JsonText.Of(view, HeadraceJson.Default.JobReply).Span);
}
