using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Hosting;
using Headrace.Server.Results;
using Headrace.Storage.Memory;
using Xunit;

namespace Headrace.Tests.Results;

public sealed class JobFinderTests
{
    private static readonly JobId Id = new(42);

    [Fact]
    public async Task A_look_that_the_shard_refuses_is_a_closed_door_and_not_a_missing_job()
    {
        await using var journal = MemoryJournal.Create(TimeProvider.System);
        var refusal = new Refusal(RefusalKind.Unavailable, "The disk hangs.") { RetryAfter = TimeSpan.FromSeconds(3) };
        var finder = new JobFinder(new ScriptedDoor(new Answer.Refused(refusal)), journal);

        var closed = await Assert.ThrowsAsync<DoorClosedException>(() => finder.FindAsync(Id, TimeSpan.Zero, TestContext.Current.CancellationToken));

        Assert.Equal(("The disk hangs.", TimeSpan.FromSeconds(3)), (closed.Message, closed.RetryAfter));
    }

    [Fact]
    public async Task What_is_nowhere_is_not_found()
    {
        await using var journal = MemoryJournal.Create(TimeProvider.System);
        var finder = new JobFinder(new ScriptedDoor(new Answer.NotLive()), journal);

        Assert.Null(await finder.FindAsync(Id, TimeSpan.Zero, TestContext.Current.CancellationToken));
    }

    private sealed class ScriptedDoor(Answer answer) : IShardDoor
    {
        public Task<Answer> AskAsync(Command command, CancellationToken cancellationToken) => Task.FromResult(answer);
    }
}
