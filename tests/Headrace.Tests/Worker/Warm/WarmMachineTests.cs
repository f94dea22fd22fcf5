using Headrace.Protocol.Exchange;
using Headrace.Tests.Worker.Manifests;
using Headrace.Worker;
using Headrace.Worker.Processes;
using Headrace.Worker.Warm;
using Xunit;

namespace Headrace.Tests.Worker.Warm;

/// <summary>Drives a warm process's state machine step by step, without a real process.</summary>
public sealed partial class WarmMachineTests
{
    private static readonly ExitStatus Crash = new(139, 11, TimeSpan.Zero, 0);

    private readonly List<(int Index, JobOutcome Outcome)> _ended = [];
    private readonly List<WarmFrame> _sent = [];
    private readonly List<string> _reports = [];
    private int _starts;
    private int _kills;
    private TimeSpan _now;

    private WarmMachine Machine { get; } =
        new(
            Manifest.Valid(
                """{"name":"m","argv":["x"],"timeLimit":"1m","stopGrace":"2s","warm":{"batch":4,"recycleAfter":2}}"""
            )
        );

    [Fact]
    public void A_batch_is_sent_when_the_process_is_ready_and_ends_with_its_last_result()
    {
        Begin(2);

        Assert.Equal(1, _starts);
        Execute(Machine.OnStarted());
        Assert.IsType<WarmFrame.Hello>(Assert.Single(_sent));
        Frame(new WarmFrame.Ready(1));
        Assert.Equal([1u, 2u], Call().Jobs.Select(job => job.Id));
        Frame(new WarmFrame.Result(2, "", "b"u8.ToArray()));
        Assert.False(Machine.IsBatchOver);
        Frame(new WarmFrame.Error(1, WarmErrorKind.Fail, "no"));

        Assert.True(Machine.IsBatchOver);
        Assert.Equal([(1, OutcomeKind.Succeeded), (0, OutcomeKind.Failed)], Ends());
    }

    [Fact]
    public void The_jobs_of_the_next_batch_have_new_ids_and_late_progress_and_log_lines_are_ignored()
    {
        BeginReady(2);
        Frame(new WarmFrame.Result(1, "", default));
        Frame(new WarmFrame.Progress(1, 0.5, "late"));
        Frame(new WarmFrame.Result(2, "", default));
        Begin(1);

        Assert.Equal(3u, Assert.Single(Call().Jobs).Id);
        Frame(new WarmFrame.Log(2, "late"u8.ToArray()));
        Assert.False(Machine.IsBatchOver);
        Frame(new WarmFrame.Result(3, "", default));
        Assert.True(Machine.IsBatchOver);
        Assert.Equal((3, 0), (_ended.Count, _kills));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(3, false)]
    public void Jobs_whose_process_dies_have_crashed_and_know_whether_they_were_alone(int jobs, bool alone)
    {
        BeginReady(jobs);

        Exit(Crash);

        Assert.Equal(jobs, _ended.Count);
        Assert.All(_ended, end => Assert.Equal((OutcomeKind.Crashed, alone), (end.Outcome.Kind, end.Outcome.WasAlone)));
    }

    [Fact]
    public void The_last_job_of_a_batch_was_not_alone_because_another_job_may_have_damaged_the_process()
    {
        BeginReady(2);
        Frame(new WarmFrame.Result(1, "", default));

        Exit(Crash);

        Assert.False(_ended[^1].Outcome.WasAlone);
    }

    [Fact]
    public void A_process_that_dies_again_and_again_is_started_after_increasing_delays()
    {
        var delays = new List<double>();
        for (var i = 0; i < 10; i++)
        {
            Begin(1);
            if (Machine.NextAt is { } at && at > _now && _starts == i)
            {
                delays.Add((at - _now).TotalMilliseconds);
                _now = at;
                Execute(Machine.Decide(_now));
            }
            Assert.Equal(i + 1, _starts);
            Exit(Crash);
        }

        Assert.Equal([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000], delays);
        Assert.All(_ended, end => Assert.Equal(OutcomeKind.Failed, end.Outcome.Kind));
    }

    [Fact]
    public void A_process_that_died_between_two_batches_costs_no_job()
    {
        BeginReady(1);
        Frame(new WarmFrame.Result(1, "", default));

        Exit(Crash);
        Begin(1);
        _now = Machine.NextAt!.Value;
        Execute(Machine.Decide(_now));

        Assert.Equal((2, 1), (_starts, _ended.Count));
    }

    [Fact]
    public void A_cancelled_job_is_announced_and_its_process_is_killed_after_the_grace_and_the_others_are_released()
    {
        BeginReady(2);

        Execute(Machine.OnCancel(0, "The job was cancelled.", _now));
        Assert.Equal(1u, Assert.IsType<WarmFrame.Cancel>(_sent[^1]).Id);
        Assert.Equal(_now + TimeSpan.FromSeconds(2), Machine.NextAt);
        _now = Machine.NextAt!.Value;
        Execute(Machine.Decide(_now));
        Assert.Equal(1, _kills);
        Exit(new ExitStatus(137, 9, TimeSpan.Zero, 0));

        Assert.Equal([(0, OutcomeKind.Cancelled), (1, OutcomeKind.Released)], Ends());
        Begin(1);
        Assert.Equal(2, _starts);
    }

    [Fact]
    public void A_process_that_ends_a_cancelled_job_in_time_lives_on()
    {
        BeginReady(1);
        Execute(Machine.OnCancel(0, "The job was cancelled.", _now));

        Frame(new WarmFrame.Error(1, WarmErrorKind.Retry, "stopped"));
        Begin(1);

        Assert.Equal((1, 0), (_starts, _kills));
        Assert.IsType<WarmFrame.CallJobs>(_sent[^1]);
    }

    [Fact]
    public void A_job_that_is_cancelled_before_its_process_is_ready_is_not_sent()
    {
        Begin(2);
        Execute(Machine.OnCancel(0, "The job was cancelled.", _now));

        Execute(Machine.OnStarted());
        Frame(new WarmFrame.Ready(1));

        Assert.Equal([(0, OutcomeKind.Cancelled)], Ends());
        Assert.Equal(2u, Assert.Single(Call().Jobs).Id);
    }

    [Fact]
    public void At_the_time_limit_of_the_method_the_process_is_asked_and_then_killed_after_the_grace_R12()
    {
        BeginReady(2);
        Assert.Equal(_now + TimeSpan.FromMinutes(1), Machine.NextAt);
        _now = Machine.NextAt!.Value;

        Execute(Machine.Decide(_now));
        Assert.Equal([1u, 2u], _sent.OfType<WarmFrame.Cancel>().Select(cancel => cancel.Id));
        Assert.Equal(0, _kills);
        Assert.Equal(_now + TimeSpan.FromSeconds(2), Machine.NextAt);
        _now = Machine.NextAt!.Value;
        Execute(Machine.Decide(_now));
        Assert.Equal(1, _kills);
        Exit(new ExitStatus(137, 9, TimeSpan.Zero, 0));

        Assert.Equal([(0, OutcomeKind.TimedOut), (1, OutcomeKind.TimedOut)], Ends());
        Assert.All(
            _ended,
            end =>
                Assert.Equal(
                    (
                        "TimeLimit",
                        "The job exceeded its time limit of 1m, set by m@1. "
                            + "The process was killed because the job did not stop in time."
                    ),
                    (end.Outcome.Error!.Type, end.Outcome.Error.Message)
                )
        );
    }

    [Fact]
    public void A_process_that_stops_at_the_time_limit_of_the_method_goes_on_and_only_a_result_still_counts_R12()
    {
        BeginReady(4);
        Frame(new WarmFrame.Error(1, WarmErrorKind.Fail, "before the limit"));
        _now += TimeSpan.FromMinutes(1);
        Execute(Machine.Decide(_now));

        Frame(new WarmFrame.Error(2, WarmErrorKind.Retry, "The job was cancelled.", "Cancelled"));
        Frame(new WarmFrame.Error(3, WarmErrorKind.Reject, "while it stopped"));
        Frame(new WarmFrame.Result(4, "", default));

        Assert.Equal(
            [(0, OutcomeKind.Failed), (1, OutcomeKind.TimedOut), (2, OutcomeKind.TimedOut), (3, OutcomeKind.Succeeded)],
            Ends()
        );
        Assert.Equal("The job exceeded its time limit of 1m, set by m@1.", _ended[1].Outcome.Error!.Message);
        Assert.Null(Machine.NextAt);
        Begin(1);
        Assert.Equal((1, 0), (_starts, _kills));
    }

    [Fact]
    public void A_job_that_was_cancelled_before_the_time_limit_of_its_method_is_not_asked_again()
    {
        BeginReady(2);
        _now += TimeSpan.FromSeconds(59);
        Execute(Machine.OnCancel(0, "The job was cancelled.", _now));
        _now += TimeSpan.FromSeconds(1);

        Execute(Machine.Decide(_now));
        Assert.Equal([1u, 2u], _sent.OfType<WarmFrame.Cancel>().Select(cancel => cancel.Id));
        Frame(new WarmFrame.Error(1, WarmErrorKind.Retry, "stopped"));
        Frame(new WarmFrame.Error(2, WarmErrorKind.Retry, "stopped"));

        Assert.Equal([(0, OutcomeKind.Failed), (1, OutcomeKind.TimedOut)], Ends());
    }

    [Theory]
    [InlineData(1, "")]
    [InlineData(2, "The job exceeded its time limit of 1m, set by m@1.")]
    public void The_reason_of_a_cancel_is_sent_to_a_process_that_asked_for_it(uint version, string reason)
    {
        Begin(1);
        Execute(Machine.OnStarted());
        Frame(new WarmFrame.Ready(version));
        _now += TimeSpan.FromMinutes(1);

        Execute(Machine.Decide(_now));

        Assert.Equal(new WarmFrame.Cancel(1, reason), _sent[^1]);
    }

    private static readonly Dictionary<string, (WarmFrame Frame, string Message)> Violations = new()
    {
        ["unknown job"] = (
            new WarmFrame.Result(9, "", default),
            "mentioned the job 9, which it has not received"
        ),
        ["unknown job in the log"] = (
            new WarmFrame.Log(9, default),
            "mentioned the job 9, which it has not received"
        ),
        ["earlier call"] = (
            new WarmFrame.Error(1, WarmErrorKind.Fail, "no"),
            "ended the job 1, which had already ended"
        ),
        ["second result"] = (
            new WarmFrame.Result(2, "", default),
            "ended the job 2, which had already ended"
        ),
        ["worker's frame"] = (new WarmFrame.Stop(), "sent a frame of type 's' that is not expected"),
        ["second ready"] = (new WarmFrame.Ready(1), "sent a frame of type 'r' that is not expected"),
        ["rank's frame"] = (new WarmFrame.Heartbeat(), "sent a frame of type 'b' that is not expected"),
        ["no content type"] = (
            new WarmFrame.Result(3, "words", default),
            "ended the job 3 with the content type 'words', which is not valid (use at most 200 printable ASCII "
                + "characters, such as image/png)"
        ),
    };

    public static TheoryData<string> ViolationNames => [.. Violations.Keys];

    [Theory]
    [MemberData(nameof(ViolationNames))]
    public void A_process_that_violates_the_protocol_is_killed_its_jobs_fail_and_the_worker_logs_why(string name)
    {
        BeginReady(1);
        Frame(new WarmFrame.Result(1, "", default));
        Begin(2);
        Frame(new WarmFrame.Result(2, "", default));

        Frame(Violations[name].Frame);
        Assert.Equal(1, _kills);
        Exit(new ExitStatus(137, 9, TimeSpan.Zero, 0));

        var message = $"The process {Violations[name].Message}. It was killed.";
        Assert.Equal($"m@1: {message}", Assert.Single(_reports));
        Assert.Equal(3, _ended.Count);
        Assert.Equal(("Protocol", message), (_ended[2].Outcome.Error!.Type, _ended[2].Outcome.Error!.Message));
    }

    [Theory]
    [InlineData(true, "The process violated the protocol: A frame has the unknown type '?'. It was killed.")]
    [InlineData(
        false,
        "The process uses version 4 of the protocol; this worker supports 1 to 3. It was killed."
    )]
    public void A_process_that_violates_the_protocol_before_its_first_job_fails_it(bool invalid, string message)
    {
        Begin(1);
        if (invalid)
            Execute(Machine.OnInvalidFrame("A frame has the unknown type '?'.", _now));
        else
            Frame(new WarmFrame.Ready(4));
        Exit(new ExitStatus(137, 9, TimeSpan.Zero, 0));

        Assert.Equal(("Protocol", message), (_ended[0].Outcome.Error!.Type, _ended[0].Outcome.Error!.Message));
        Assert.Equal($"m@1: {message}", Assert.Single(_reports));
    }

    [Fact]
    public void A_violation_between_two_calls_costs_no_job()
    {
        BeginReady(1);
        Frame(new WarmFrame.Result(1, "", default));
        Frame(new WarmFrame.Result(1, "", default));
        Begin(1);
        Exit(new ExitStatus(137, 9, TimeSpan.Zero, 0));

        Assert.Single(_ended);
        Assert.False(Machine.IsBatchOver);
        Assert.Single(_reports);
    }

    [Fact]
    public void A_process_that_is_not_ready_in_time_is_killed()
    {
        Begin(1);
        _now = Machine.NextAt!.Value;
        Execute(Machine.Decide(_now));
        Exit(new ExitStatus(137, 9, TimeSpan.Zero, 0));

        Assert.Equal(
            "The process was not ready within 1m. It was killed.",
            Assert.Single(_ended).Outcome.Error!.Message
        );
    }

    [Fact]
    public void A_process_that_closes_the_protocol_and_does_not_exit_is_killed()
    {
        BeginReady(1);

        Machine.OnClosed("The process", _now);
        _now = Machine.NextAt!.Value;
        Execute(Machine.Decide(_now));

        Assert.Equal(1, _kills);
        Exit(new ExitStatus(137, 9, TimeSpan.Zero, 0));
        Assert.Equal([(0, OutcomeKind.Crashed)], Ends());
    }

    [Fact]
    public void A_process_that_became_unresponsive_while_it_ran_jobs_has_crashed()
    {
        BeginReady(2);

        Execute(Machine.OnUnresponsive("rank 1 has sent no heartbeat for 8 s", _now));
        Exit(new ExitStatus(137, 9, TimeSpan.Zero, 0));

        Assert.Equal([(0, OutcomeKind.Crashed), (1, OutcomeKind.Crashed)], Ends());
        Assert.Equal(
            "The process was killed, because rank 1 has sent no heartbeat for 8 s.",
            _ended[0].Outcome.Error!.Message
        );
    }

    [Fact]
    public void A_process_that_failed_between_two_batches_costs_the_next_one_nothing()
    {
        BeginReady(1);
        Frame(new WarmFrame.Result(1, "", default));

        Execute(Machine.OnUnresponsive("rank 1 has sent no heartbeat for 8 s", _now));
        Begin(1);
        Exit(new ExitStatus(137, 9, TimeSpan.Zero, 0));

        Assert.False(Machine.IsBatchOver);
        Assert.Single(_ended);
    }

    [Fact]
    public void A_failed_start_is_known_until_a_start_succeeds()
    {
        Begin(1);
        Exit(new ExitStatus(5, 0, TimeSpan.Zero, 0));
        Assert.Equal("The process exited with code 5.", Machine.FailedStart);

        Begin(1);
        _now = Machine.NextAt!.Value;
        Execute(Machine.Decide(_now));
        Frame(new WarmFrame.Ready(1));

        Assert.Null(Machine.FailedStart);
    }

    [Fact]
    public void A_result_is_checked_against_its_limit_and_its_content_type()
    {
        BeginReady(3);

        Frame(new WarmFrame.Result(1, "application/json", "nope"u8.ToArray()));
        Frame(new WarmFrame.SkippedResult(2, 5_000_000));
        Frame(new WarmFrame.Result(3, "application/json", "{}"u8.ToArray()));

        Assert.Equal([(0, OutcomeKind.Failed), (1, OutcomeKind.TooLarge), (2, OutcomeKind.Succeeded)], Ends());
    }

    [Fact]
    public void A_process_is_used_up_after_its_number_of_calls()
    {
        BeginReady(1);
        Frame(new WarmFrame.Result(1, "", default));
        Assert.False(Machine.IsUsedUp);
        Begin(1);
        Frame(new WarmFrame.Result(2, "", default));

        Assert.True(Machine.IsUsedUp);
        Machine.OnRetired(_now);
        Begin(1);
        Assert.Equal(2, _starts);
        Assert.False(Machine.IsUsedUp);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    public void The_trace_of_a_job_is_sent_before_its_call_to_a_process_that_asked_for_it(uint version, int traces)
    {
        var jobs = new[]
        {
            new WarmJob(0, 1, 1, default, "", default),
            new WarmJob(0, 2, 1, default, "", default) { Traceparent = "00-a-b-01" },
        };
        Execute(Machine.Begin(jobs, _now));
        Execute(Machine.OnStarted());

        Frame(new WarmFrame.Ready(version));

        Assert.Equal([1u, 2u], Call().Jobs.Select(job => job.Id));
        Assert.Equal(Enumerable.Repeat(new WarmFrame.Trace(2, "00-a-b-01"), traces), _sent.OfType<WarmFrame.Trace>());
    }

    private void Begin(int jobs) =>
        Execute(
            Machine.Begin(
                [.. Enumerable.Range(0, jobs).Select(i => new WarmJob(0, (ulong)i, 1, default, "", default))],
                _now
            )
        );

    private void BeginReady(int jobs)
    {
        Begin(jobs);
        Execute(Machine.OnStarted());
        Frame(new WarmFrame.Ready(1));
    }

    private WarmFrame.CallJobs Call() => Assert.IsType<WarmFrame.CallJobs>(_sent[^1]);

    private void Frame(WarmFrame frame) => Execute(Machine.OnFrame(frame, _now));

    private void Exit(ExitStatus status) => Execute(Machine.OnExit(status, "", _now));

    private IEnumerable<(int, OutcomeKind)> Ends() => _ended.Select(end => (end.Index, end.Outcome.Kind));

    private void Execute(IReadOnlyList<WarmStep> steps)
    {
        foreach (var step in steps)
            switch (step)
            {
                case WarmStep.Start:
                    _starts++;
                    break;
                case WarmStep.Kill:
                    _kills++;
                    break;
                case WarmStep.Report report:
                    _reports.Add(report.Message);
                    break;
                case WarmStep.Send send:
                    _sent.Add(send.Frame);
                    break;
                case WarmStep.End end:
                    _ended.Add((end.Index, end.Outcome));
                    break;
            }
    }
}
