using Headrace.Core;
using Headrace.Core.Registry;
using Xunit;

namespace Headrace.Tests.Core.Registry;

/// <summary>Tests when registry writes are answered and published, and what remains after a failure.</summary>
public sealed class RegistryCommitTests
{
    private readonly ShardScene _scene = new();

    public RegistryCommitTests() => _scene.Start();

    [Fact]
    public void A_write_is_answered_and_published_only_after_its_commit_R1()
    {
        var requestId = _scene.Do(Put("a"));
        Assert.False(_scene.Answers.ContainsKey(requestId));
        Assert.DoesNotContain(_scene.Effects, effect => effect is Effect.RegistryChanged);

        _scene.Commit();

        Assert.IsType<Response.RegistryWritten>(_scene.Answers[requestId]);
        Assert.Single(_scene.Effects.OfType<Effect.RegistryChanged>());
    }

    [Fact]
    public void A_write_of_a_former_owner_is_neither_answered_nor_published()
    {
        var requestId = _scene.Do(Put("a"));

        _scene.Commit(new CommitResult.Fenced());

        Assert.NotNull(_scene.Stopped);
        Assert.False(_scene.Answers.ContainsKey(requestId));
        Assert.DoesNotContain(_scene.Effects, effect => effect is Effect.RegistryChanged);
    }

    [Fact]
    public void While_the_store_is_unavailable_writes_fail_fast_R5()
    {
        _scene.Do(ShardScene.Submit());
        _scene.Commit(new CommitResult.Later("the disk is full"));

        var rejected = Assert.IsType<Response.Rejected>(_scene.Answers[_scene.Do(Put("a"))]);

        Assert.Equal(RejectionKind.Unavailable, rejected.Rejection.Kind);
    }

    [Fact]
    public void A_write_that_the_store_rejects_leaves_the_documents_that_were_durable_before_R5()
    {
        var stored = new RegistryDocument("user", "a", 1, "1"u8.ToArray());
        _scene.Rows.Add(new ShardRow(1, 1, 1, _scene.Wall) { NextRegistryVersion = 2 });
        _scene.Rows.Add(stored);
        var requestId = _scene.Do(Put("a"));

        _scene.Commit(new CommitResult.Refused("simulated"));

        Assert.Equal(
            RejectionKind.Unstorable,
            Assert.IsType<Response.Rejected>(_scene.Answers[requestId]).Rejection.Kind
        );
        Assert.Same(stored, Assert.Single(_scene.Shard.Broker.State.Registry.All));
        var reloaded = Assert.Single(_scene.Effects.OfType<Effect.RegistryChanged>()).Changes;
        Assert.Equal([stored], Assert.IsType<RegistryChange.Reloaded>(Assert.Single(reloaded)).Documents);
    }

    private static Command.WriteRegistry Put(string id) =>
        new([new RegistryWrite.Put("user", id, "2"u8.ToArray(), RegistryWrite.AnyVersion)]);
}
