using Headrace.Core;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

/// <summary>
/// Tests how the broker determines which of many jobs crashes their shared process. It splits the suspects of one
/// report into halves and grants each half again (R10).
/// </summary>
public sealed class SuspectGroupTests
{
    private readonly BrokerScene _scene = new();
    private readonly List<DoneRow> _done = [];

    [Fact]
    public void The_suspects_of_one_report_are_granted_in_halves_each_to_a_worker_without_other_jobs_R10()
    {
        var worker = _scene.Join("w1", slots: 8);
        var ids = Submit(9);
        var all = Granted(worker.Reply);
        Crash(worker, all);

        var first = Granted(worker.Exchange());
        var second = Granted(_scene.Join("w2", slots: 8).Reply);
        var rest = Granted(_scene.Join("w3", slots: 8).Reply);

        Assert.Equal(ids.Take(8), all.Select(lease => lease.Job));
        Assert.Equal(ids.Take(4), first.Select(lease => lease.Job));
        Assert.Equal(ids.Skip(4).Take(4), second.Select(lease => lease.Job));
        Assert.Equal(ids.Skip(8), rest.Select(lease => lease.Job));
    }

    [Fact]
    public void A_half_that_ends_well_is_acquitted_and_the_other_one_is_halved_again_until_the_culprit_is_alone_R10()
    {
        var worker = _scene.Join("w1", slots: 16);
        var ids = Submit(16);
        var culprit = ids[11];
        var leases = Granted(worker.Reply);
        var crashes = 0;
        for (var round = 0; round < 20 && leases.Count > 0; round++)
        {
            if (leases.Exists(lease => lease.Job == culprit))
            {
                crashes++;
                Crash(worker, leases);
            }
            else
                worker.Report([.. leases.Select(lease => new Outcome(lease, OutcomeKind.Succeeded))]);
            _done.AddRange(_scene.Changes.OfType<RowChange.JobEnded>().Select(ended => ended.Row));
            leases = Granted(worker.Exchange());
        }

        // The process crashes once with all 16 jobs, once each with half, a quarter and an eighth of the jobs, and then
        // twice while the job runs alone. Only the last two crashes count.
        Assert.Equal(6, crashes);
        var poison = Assert.Single(_done, row => row.Job.Id == culprit);
        Assert.Equal((FailReason.Poison, 2), (poison.Reason, poison.Job.Status.WorkerCrashes));
        Assert.Equal(16, _done.Count);
        Assert.All(
            _done.Where(row => row.Job.Id != culprit),
            row => Assert.Equal((JobState.Succeeded, 0), (row.Job.Status.State, row.Job.Status.WorkerCrashes))
        );
    }

    [Fact]
    public void A_half_is_granted_whole_although_the_worker_reports_a_smaller_capacity_R7_R10()
    {
        var worker = _scene.Join("w1", slots: 8);
        Submit(8);
        Crash(worker, Granted(worker.Reply));
        var small = _scene.Join("w2", slots: 1);

        var half = Granted(small.Reply);
        var other = Granted(worker.Exchange());

        Assert.Equal((4, 4), (half.Count, other.Count));
    }

    [Fact]
    public void A_worker_with_a_group_of_suspects_receives_no_other_job_before_all_of_them_have_ended_R10()
    {
        var worker = _scene.Join("w1", slots: 4);
        Submit(4);
        Crash(worker, Granted(worker.Reply));
        var half = Granted(worker.Exchange());
        _scene.Submit();

        worker.Report(new Outcome(half[0], OutcomeKind.Succeeded));
        worker.Exchange(SceneWorker.Holding(half[1]));
        var early = worker.Reply;
        worker.Report(new Outcome(half[1], OutcomeKind.Succeeded));

        Assert.Equal(2, half.Count);
        Assert.Null(early);
        Assert.Equal(2, Granted(worker.Reply).Count);
    }

    [Fact]
    public void The_reply_of_a_repeated_exchange_contains_the_same_group_R6_R10()
    {
        var worker = _scene.Join("w1", slots: 4);
        Submit(4);
        Crash(worker, Granted(worker.Reply));
        var half = Granted(worker.Exchange());

        var again = Granted(worker.Exchange([], [], repeat: true));

        Assert.Equal(half, again);
    }

    [Fact]
    public void After_a_restart_the_suspects_run_one_at_a_time_R10()
    {
        var worker = _scene.Join("w1", slots: 4);
        Submit(4);
        Crash(worker, Granted(worker.Reply));

        _scene.Restart();
        var next = _scene.Join("w2", slots: 4);

        Assert.Single(Granted(next.Reply));
    }

    [Fact]
    public void A_cancelled_suspect_leaves_its_group_R10()
    {
        var worker = _scene.Join("w1", slots: 4);
        var ids = Submit(4);
        Crash(worker, Granted(worker.Reply));

        _scene.Do(new Command.Cancel(ids[0]));

        Assert.Equal([ids[1]], Granted(worker.Exchange()).Select(lease => lease.Job));
    }

    private JobId[] Submit(int count)
    {
        var job = new NewJob(
            new JobSpec
            {
                Queue = QueueName.Default,
                Method = new MethodName("noop"),
                Owner = "admin",
            },
            default
        );
        var submitted = _scene.Ask<Response.Submitted>(new Command.Submit([.. Enumerable.Repeat(job, count)]));
        return [.. submitted.Results.Select(result => result.Id)];
    }

    /// <summary>Reports that the process running these jobs has crashed.</summary>
    private static void Crash(SceneWorker worker, List<LeaseToken> leases) =>
        worker.Report([
            .. leases.Select(lease => new Outcome(lease, OutcomeKind.Crashed) { Isolated = leases.Count == 1 }),
        ]);

    private static List<LeaseToken> Granted(Response.Exchanged? reply) =>
        [.. (reply?.Leases ?? []).Select(row => new LeaseToken(row.Id, row.Status.Attempt))];
}
