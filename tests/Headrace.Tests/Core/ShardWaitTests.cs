using Headrace.Core;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

/// <summary>Tests when a request stops waiting for a job, especially while commits are slow.</summary>
public sealed class ShardWaitTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private readonly ShardScene _scene = new(new BrokerOptions { Lease = Lease });

    private Job Job => _scene.Shard.Broker.State.Jobs.All.Single();

    [Fact]
    public void A_wait_for_a_job_ends_with_the_commit_that_is_pending_when_it_expires_R1_R20()
    {
        _scene.StartWithRunningJob();
        var (sync, wait) = (TimeSpan.FromSeconds(1.1), TimeSpan.FromSeconds(5));
        var (late, commits) = (new List<TimeSpan>(), 0);

        // Under full load, one commit follows another. Each request arrives at a different time within a commit.
        for (var i = 0; i < 40; i++)
        {
            if (_scene.Committing is null)
                _scene.Do(_scene.Other());
            var inside = i * TimeSpan.FromMilliseconds(27);
            _scene.Clock += inside;
            var from = _scene.Clock;
            var waiting = _scene.Arrive(new Command.GetJob(Job.Id, wait));
            CompleteCommit(inside);
            while (!_scene.Answers.ContainsKey(waiting))
                CompleteCommit(TimeSpan.Zero);
            late.Add(_scene.Clock - from - wait);
        }

        Assert.All(late, excess => Assert.InRange(excess, TimeSpan.Zero, 2 * sync));
        Assert.Contains(late, excess => excess > sync);

        // A commit takes one sync and is followed by a checkpoint, which takes another. The commit after a checkpoint
        // takes two, because it starts the log over.
        void CompleteCommit(TimeSpan past)
        {
            _scene.Arrive(ShardScene.Report());
            _scene.Arrive(_scene.Other());
            var checkpoint = commits++ % 2 == 0;
            _scene.Clock += (checkpoint ? sync : 2 * sync) - past;
            _scene.Commit(maintenance: checkpoint ? sync : TimeSpan.Zero);
        }
    }

    [Fact]
    public void A_wait_counts_from_its_arrival_although_its_request_waits_for_several_batches_R20()
    {
        var scene = new ShardScene(new BrokerOptions { Lease = Lease, CommandsPerBatch = 4 });
        scene.Start();
        var job = scene.Do(ShardScene.Submit());
        scene.Commit();
        var id = ((Response.Submitted)scene.Answers[job]).Results.Single().Id;
        for (var i = 0; i < 16; i++)
            scene.Arrive(ShardScene.Submit());
        var from = scene.Clock;
        var waiting = scene.Arrive(new Command.GetJob(id, TimeSpan.FromSeconds(5)));

        scene.Wake(TimeSpan.Zero);
        while (!scene.Answers.ContainsKey(waiting))
        {
            scene.Arrive(ShardScene.Submit());
            scene.Clock += TimeSpan.FromSeconds(1.1);
            scene.Commit();
        }

        Assert.InRange(scene.Clock - from, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(6.1));
    }

    [Fact]
    public void An_expired_wait_is_answered_with_the_last_durable_state_R1()
    {
        _scene.StartWithRunningJob();
        var waiting = _scene.Do(new Command.GetJob(Job.Id, TimeSpan.FromSeconds(5)));
        var lease = Job.Lease;
        _scene.Clock += TimeSpan.FromSeconds(4);
        _scene.Do(_scene.Other());
        _scene.Arrive(ShardScene.Report(new Outcome(lease, OutcomeKind.Succeeded)));

        _scene.Clock += TimeSpan.FromSeconds(1.1);
        _scene.Commit();

        // The outcome is in the batch whose commit has just started.
        Assert.NotNull(_scene.Committing);
        var live = Assert.IsType<Response.Live>(_scene.Answers[waiting]);
        Assert.Equal(JobState.Running, live.Job.Status.State);
        Assert.Empty(_scene.Shard.Broker.State.Jobs.All);
    }

    [Fact]
    public void A_wait_that_expired_before_its_request_was_applied_is_answered_with_its_batch()
    {
        _scene.StartWithRunningJob();
        _scene.Do(_scene.Other());
        var waiting = _scene.Arrive(new Command.GetJob(Job.Id, TimeSpan.FromSeconds(1)));

        _scene.Clock += TimeSpan.FromSeconds(1.1);
        _scene.Commit();

        Assert.IsType<Response.Live>(_scene.Answers[waiting]);
    }
}
