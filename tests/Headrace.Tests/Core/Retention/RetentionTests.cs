using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Queues;
using Headrace.Core.Registry;
using Headrace.Core.Retention;
using Xunit;

namespace Headrace.Tests.Core.Retention;

/// <summary>Tests the deletion of ended jobs, from the command through the read to the commit (R2, R5, R14).</summary>
public sealed class RetentionTests
{
    private static readonly KeyName Key = new("admin", QueueName.Default, "k");
    private readonly ShardScene _scene = new();

    public RetentionTests() => _scene.Start();

    [Fact]
    public void Expired_jobs_are_read_first_and_deleted_with_exact_counts_R2()
    {
        var old = EndJob();
        Later(TimeSpan.FromDays(31));

        var step = _scene.Do(new Command.DeleteExpired());
        var asked = Assert.IsType<RowKey.History>(Assert.Single(_scene.Reads.Single().Keys));
        Assert.Equal((QueueName.Default, HistoryClass.Unsuccessful, 0), (asked.Queue, asked.Class, asked.After));
        _scene.Read(new HistoryPage([old], 1, IsLast: true));

        Assert.Equal(old, _scene.Committing!.Changes.OfType<RowChange.JobDeleted>().Single().Job);
        Assert.Equal(0, _scene.Committing.Changes.OfType<RowChange.CounterPut>().Single().Row.Jobs);
        _scene.Commit();
        Assert.Equal((1, true), (Answer(step).Jobs, Answer(step).HasMore));
        Assert.Equal((0, false), Result(_scene.Do(new Command.DeleteExpired())));
    }

    [Fact]
    public void Nothing_is_read_before_a_job_may_have_expired()
    {
        EndJob();
        Later(TimeSpan.FromDays(29));

        Assert.Equal((0, false), Result(_scene.Do(new Command.DeleteExpired())));
        Assert.Empty(_scene.Reads);
    }

    [Fact]
    public void A_job_that_has_not_expired_is_kept_and_looked_at_again_when_it_does()
    {
        var (old, young) = (EndJob(), EndJob());
        young = young with { Ended = young.Ended + TimeSpan.FromDays(10) };
        Later(TimeSpan.FromDays(31));

        _scene.Do(new Command.DeleteExpired());
        _scene.Read(new HistoryPage([old, young], 2, IsLast: true));
        Assert.Equal(old, _scene.Committing!.Changes.OfType<RowChange.JobDeleted>().Single().Job);
        _scene.Commit();

        Assert.Equal((0, false), Result(_scene.Do(new Command.DeleteExpired())));
        Later(TimeSpan.FromDays(10));
        _scene.Do(new Command.DeleteExpired());
        var asked = Assert.IsType<RowKey.History>(Assert.Single(_scene.Reads.Single().Keys));
        Assert.Equal(1, asked.After);
    }

    [Fact]
    public void A_page_that_was_read_before_a_deletion_is_not_used()
    {
        var old = EndJob();
        Later(TimeSpan.FromDays(31));
        _scene.Do(new Command.DeleteExpired());
        var second = _scene.Do(new Command.DeleteExpired());
        _scene.Read(new HistoryPage([old], 1, IsLast: true));
        _scene.Commit();

        _scene.Read(new HistoryPage([old], 1, IsLast: true));

        Assert.Null(_scene.Committing);
        Assert.Equal((0, true), Result(second));
    }

    [Fact]
    public void A_key_whose_job_is_deleted_during_the_read_of_a_submission_is_read_again_R2()
    {
        var old = EndJob() with { Keys = [Key] };
        Later(TimeSpan.FromDays(31));
        var submit = _scene.Do(ShardScene.Submit("k"));
        _scene.Do(new Command.DeleteExpired());
        _scene.Reads.Reverse();
        _scene.Read(new HistoryPage([old], 1, IsLast: true));
        _scene.Commit();

        _scene.Read(new KeyRow(Key, 0, old.Id));
        Assert.False(_scene.Answers.ContainsKey(submit));
        _scene.Read();
        _scene.Commit();

        Assert.False(Assert.IsType<Response.Submitted>(_scene.Answers[submit]).Results.Single().Repeated);
    }

    [Fact]
    public void While_disk_space_is_low_expired_jobs_are_still_deleted_R25()
    {
        var old = EndJob();
        Later(TimeSpan.FromDays(31));
        _scene.Do(new Command.DiskSpaceChanged(Low: true, "full"));

        _scene.Do(new Command.DeleteExpired());
        _scene.Read(new HistoryPage([old], 1, IsLast: true));

        Assert.Single(_scene.Committing!.Changes.OfType<RowChange.JobDeleted>());
    }

    [Fact]
    public void A_deletion_that_finds_no_space_is_committed_again_as_it_was_R5()
    {
        var old = EndJob();
        Later(TimeSpan.FromDays(31));
        _scene.Do(new Command.DeleteExpired());
        _scene.Read(new HistoryPage([old], 1, IsLast: true));
        var batch = _scene.Committing;

        _scene.Commit(new CommitResult.Later("full") { NoRoom = true });
        _scene.Wake(TimeSpan.FromSeconds(1));

        Assert.Same(batch, _scene.Committing);
        _scene.Commit();
    }

    [Fact]
    public void A_deletion_waits_until_a_large_step_of_the_clock_is_confirmed_R20()
    {
        EndJob();
        _scene.Wall += TimeSpan.FromDays(400);

        Assert.Equal((0, false), Result(_scene.Do(new Command.DeleteExpired())));
        for (var minute = 0; minute < 16; minute++)
        {
            _scene.Wall += TimeSpan.FromMinutes(1);
            _scene.Wake(TimeSpan.FromMinutes(1));
        }
        _scene.Do(new Command.DeleteExpired());

        Assert.IsType<RowKey.History>(Assert.Single(_scene.Reads.Single().Keys));
    }

    [Fact]
    public void A_job_is_deleted_on_request_whatever_its_age()
    {
        var job = EndJob();

        var delete = _scene.Do(new Command.DeleteJob(job.Id));
        Assert.Equal([new RowKey.EndedJob(job.Id)], _scene.Reads.Single().Keys);
        _scene.Read(job);
        _scene.Commit();

        Assert.Equal(job, Assert.IsType<Response.Deleted>(_scene.Answers[delete]).Job);
    }

    [Fact]
    public void Of_two_requests_to_delete_a_job_the_second_finds_none()
    {
        var job = EndJob();
        _scene.Do(new Command.DeleteJob(job.Id));
        var second = _scene.Do(new Command.DeleteJob(job.Id));
        _scene.Read(job);
        _scene.Commit();

        _scene.Read(job);
        _scene.Read();

        Assert.IsType<Response.NotLive>(_scene.Answers[second]);
    }

    [Fact]
    public void An_unfinished_job_is_not_deleted()
    {
        var submit = _scene.Do(ShardScene.Submit());
        _scene.Commit();
        var job = Assert.IsType<Response.Submitted>(_scene.Answers[submit]).Results.Single().Id;

        Assert.IsType<Response.Live>(_scene.Answers[_scene.Do(new Command.DeleteJob(job))]);
        Assert.Empty(_scene.Reads);
    }

    [Fact]
    public void Jobs_wait_while_the_results_exceed_their_limit_and_none_may_be_deleted_yet_R14()
    {
        Configure(new QueueSettings { KeepFailed = new RetentionLimit(TimeSpan.FromDays(1), History.RowBytes) });
        var old = EndJob();
        EndJob();
        var waiting = Submit();

        var queue = _scene.Shard.Broker.State.Queues.GetOrAdd(QueueName.Default);
        Assert.Equal(QueueGates.ResultRoom, queue.Gates);
        Assert.Equal(JobState.Ready, StateOf(waiting));

        Later(RetentionLimit.Minimum);
        _scene.Do(new Command.DeleteExpired());
        _scene.Read(new HistoryPage([old], 1, IsLast: false));
        _scene.Commit();

        Assert.True(queue.IsOpen);
    }

    [Fact]
    public void A_higher_limit_opens_the_queue_at_once_R14()
    {
        Configure(new QueueSettings { KeepFailed = new RetentionLimit(TimeSpan.FromDays(1), 1) });
        EndJob();
        Submit();
        Assert.False(_scene.Shard.Broker.State.Queues.GetOrAdd(QueueName.Default).IsOpen);

        Configure(QueueSettings.Default);

        Assert.True(_scene.Shard.Broker.State.Queues.GetOrAdd(QueueName.Default).IsOpen);
    }

    /// <summary>Cancels a new job, and returns it as a store would read it.</summary>
    private EndedJob EndJob()
    {
        var id = Submit();
        _scene.Do(new Command.Cancel(id));
        if (StateOf(id) == JobState.Running)
            _scene.Do(ShardScene.Report(new Outcome(new LeaseToken(id, 1), OutcomeKind.Cancelled)));
        while (_scene.Committing is { } batch)
        {
            var ended = batch.Changes.OfType<RowChange.JobEnded>().FirstOrDefault(change => change.Row.Job.Id == id);
            _scene.Commit();
            if (ended is not null)
                return new EndedJob(
                    id,
                    ended.Row.CompletionNumber,
                    QueueName.Default,
                    new MethodName("noop"),
                    ended.Row.Job.Status.State
                )
                {
                    Owner = "admin",
                    Ended = ended.Row.Ended,
                };
        }
        throw new InvalidOperationException($"Job {id} has not ended.");
    }

    private JobId Submit()
    {
        var submit = _scene.Do(ShardScene.Submit());
        _scene.Commit();
        return Assert.IsType<Response.Submitted>(_scene.Answers[submit]).Results.Single().Id;
    }

    private JobState StateOf(JobId id) =>
        _scene.Shard.Broker.State.Jobs.TryGet(id, out var job) ? job.Status.State : JobState.None;

    private void Configure(QueueSettings settings)
    {
        _scene.Do(
            new Command.WriteRegistry([
                new RegistryWrite.Put(QueueSettings.Kind, "default", settings.ToJson(), RegistryWrite.AnyVersion),
            ])
        );
        _scene.Commit();
    }

    /// <summary>Lets time pass in steps that are small enough for the clock to trust.</summary>
    private void Later(TimeSpan span)
    {
        for (var left = span; left > TimeSpan.Zero; left -= TimeSpan.FromHours(12))
        {
            var part = left < TimeSpan.FromHours(12) ? left : TimeSpan.FromHours(12);
            _scene.Wall += part;
            _scene.Wake(part);
            while (_scene.Committing is not null)
                _scene.Commit();
        }
    }

    private Response.ExpiredDeleted Answer(RequestId request) =>
        Assert.IsType<Response.ExpiredDeleted>(_scene.Answers[request]);

    private (int Jobs, bool HasMore) Result(RequestId request) => (Answer(request).Jobs, Answer(request).HasMore);
}
