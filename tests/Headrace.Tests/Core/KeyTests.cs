using Headrace.Core;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

public sealed class KeyTests
{
    private static readonly KeyName Name = new("admin", QueueName.Default, "k");
    private readonly ShardScene _scene = new();

    public KeyTests() => _scene.Start();

    [Fact]
    public void A_keyed_submission_reads_its_key_before_it_is_applied_R2()
    {
        var requestId = _scene.Do(ShardScene.Submit("k"));

        Assert.Equal([new RowKey.Key(Name)], _scene.Reads.Single().Keys);
        Assert.Null(_scene.Committing);
        _scene.Read();
        _scene.Commit();
        Assert.False(Submitted(requestId).Repeated);
    }

    [Fact]
    public void The_same_key_and_content_return_the_same_job_even_after_its_end_R17()
    {
        var requestId = _scene.Do(ShardScene.Submit("k", hash: 7));

        _scene.Read(new KeyRow(Name, 7, JobId.Of(0, 40)));

        Assert.Equal(
            (JobId.Of(0, 40), true, JobState.None),
            (Submitted(requestId).Id, Submitted(requestId).Repeated, Submitted(requestId).State)
        );
        Assert.Null(_scene.Committing);
    }

    [Fact]
    public void The_same_key_with_different_content_is_rejected_naming_the_job_R17()
    {
        var requestId = _scene.Do(ShardScene.Submit("k", hash: 8));

        _scene.Read(new KeyRow(Name, 7, JobId.Of(0, 40)));

        Assert.Equal(RejectionKind.KeyReused, Submitted(requestId).Rejection!.Kind);
        Assert.Contains("'k' belongs to job 40", Submitted(requestId).Rejection!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_created_during_the_read_of_another_command_is_read_again_R2()
    {
        _scene.Do(ShardScene.Submit("k"));
        var second = _scene.Do(ShardScene.Submit("k"));
        _scene.Read();
        var created = _scene.Committing!.Changes.OfType<RowChange.KeyAdded>().Single().Row;
        _scene.Commit();

        _scene.Read();

        Assert.Single(_scene.Reads);
        _scene.Read(created);
        Assert.Equal((created.Job, true), (Submitted(second).Id, Submitted(second).Repeated));
    }

    [Fact]
    public void Two_submissions_with_one_key_in_one_command_create_one_job()
    {
        var requestId = _scene.Do(ShardScene.Submit("k", jobs: 2));

        _scene.Read();
        _scene.Commit();

        var results = ((Response.Submitted)_scene.Answers[requestId]).Results;
        Assert.Equal((results[0].Id, true), (results[1].Id, results[1].Repeated));
    }

    [Fact]
    public void A_caller_that_disconnects_during_the_read_of_its_key_leaves_nothing_behind_R2()
    {
        var requestId = _scene.Do(ShardScene.Submit("k"));

        _scene.Leave(requestId);
        _scene.Read();

        Assert.Null(_scene.Committing);
        Assert.Equal(0, _scene.Shard.Broker.State.PendingReads.Count);
    }

    [Fact]
    public void A_caller_that_disconnects_during_a_delayed_commit_before_its_read_affects_no_other_R2_R5()
    {
        _scene.Arrive(ShardScene.Submit());
        var keyed = _scene.Do(ShardScene.Submit("k"));
        _scene.Commit(new CommitResult.Later("the store is locked"));

        _scene.Leave(keyed);
        _scene.Wake(TimeSpan.FromMilliseconds(200));
        _scene.Commit();

        Assert.Empty(_scene.Reads);
        Assert.Equal(0, _scene.Shard.Broker.State.PendingReads.Count);
    }

    [Fact]
    public void A_keyed_submission_rejected_during_an_outage_leaves_no_pending_reads_R2_R5()
    {
        var keyed = _scene.Do(ShardScene.Submit("k"));
        _scene.Do(ShardScene.Submit());
        _scene.Commit(new CommitResult.Later("the store is locked"));

        Assert.IsType<Response.Rejected>(_scene.Answers[keyed]);
        _scene.Read();
        Assert.Equal(0, _scene.Shard.Broker.State.PendingReads.Count);
    }

    private SubmitResult Submitted(RequestId requestId) =>
        ((Response.Submitted)_scene.Answers[requestId]).Results.Single();
}
