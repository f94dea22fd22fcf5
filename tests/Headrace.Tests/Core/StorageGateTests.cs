using Headrace.Core.Queues;
using Xunit;

namespace Headrace.Tests.Core;

public sealed class StorageGateTests
{
    private const long Megabyte = 1 << 20;
    private static readonly StorageGate Open = new("/srv/jobs", 64 * Megabyte);
    private static readonly StorageGate Closed = Open with { IsOpen = false };

    [Theory]
    [InlineData(64, 0, true)]
    [InlineData(63, 0, false)]
    [InlineData(60, 4, true)]
    [InlineData(0, 64, true)]
    public void The_gate_closes_when_disk_space_and_free_pages_fall_below_the_low_mark_R25(
        long disk,
        long pages,
        bool open
    ) => Assert.Equal(open, Open.Evaluate(Space(disk, pages)).IsOpen);

    [Theory]
    [InlineData(127, 0, false)]
    [InlineData(128, 0, true)]
    [InlineData(100, 28, true)]
    public void The_gate_opens_at_the_high_mark_and_not_before_R25(long disk, long pages, bool open) =>
        Assert.Equal(open, Closed.Evaluate(Space(disk, pages)).IsOpen);

    [Fact]
    public void The_gate_opens_only_after_the_ballast_is_restored_R25()
    {
        var space = Space(10_000, 0, ballast: false);

        Assert.False(Closed.Evaluate(space).IsOpen);
        Assert.True(Closed.NeedsBallast(space));
        Assert.True(Closed.Evaluate(space with { HasBallast = true }).IsOpen);
    }

    [Theory]
    [InlineData(191, 0, false)]
    [InlineData(192, 0, true)]
    [InlineData(64, 128, true)]
    [InlineData(63, 1_000, false)]
    public void The_ballast_is_restored_only_if_it_leaves_the_high_mark_free_R25(
        long disk,
        long pages,
        bool expected
    ) => Assert.Equal(expected, Closed.NeedsBallast(Space(disk, pages, ballast: false)));

    [Fact]
    public void A_new_store_gets_its_ballast_once_the_low_mark_is_free_R25()
    {
        Assert.True(Open.NeedsBallast(Space(128, 0, ballast: false)));
        Assert.False(Open.NeedsBallast(Space(127, 0, ballast: false)));
        Assert.False(Open.Evaluate(Space(127, 0, ballast: false)).IsOpen);
    }

    [Fact]
    public void Existing_ballast_is_not_created_again() => Assert.False(Closed.NeedsBallast(Space(10_000, 0)));

    [Fact]
    public void Exactly_the_space_that_the_message_asks_for_opens_the_gate_R25()
    {
        foreach (var (disk, pages, ballast) in new[] { (1, 0, true), (1, 0, false), (0, 30, false), (0, 500, false) })
        {
            var message = Closed.Message(Space(disk, pages, ballast)).Detail;
            var needed = long.Parse(message.Split("jobs again when ")[1].Split('.')[0], null);

            Assert.StartsWith(
                $"The disk that contains '/srv/jobs' has only {disk}.0 MB free",
                message,
                StringComparison.Ordinal
            );
            Assert.True(OpensAfterRestore(needed, pages, ballast), message);
            Assert.False(OpensAfterRestore(needed - 1, pages, ballast), message);
        }
    }

    /// <summary>
    /// Performs the same steps as the server: restores the ballast if necessary, and then updates the gate. Returns
    /// true if the gate is open.
    /// </summary>
    private static bool OpensAfterRestore(long disk, long pages, bool ballast)
    {
        var space = Space(disk, pages, ballast);
        if (Closed.NeedsBallast(space))
            space = Space(disk - 64, pages);
        return Closed.Evaluate(space).IsOpen;
    }

    private static StorageSpace Space(long disk, long pages, bool ballast = true) =>
        new(disk * Megabyte, pages * Megabyte, ballast);
}
