using Headrace.Protocol.Exchange;
using Headrace.Worker.Leases;
using Xunit;

namespace Headrace.Tests.Worker.Leases;

/// <summary>Tests the number of jobs with which a batch starts.</summary>
public sealed class BatchRuleTests
{
    private static readonly Shape Preferring = new(ShapeKind.Batch, 8, TimeSpan.FromMilliseconds(10))
    {
        PreferredSizes = [2, 4],
    };

    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(2, 2, 2)]
    [InlineData(3, 2, 3)]
    [InlineData(7, 4, 7)]
    [InlineData(8, 8, 8)]
    [InlineData(20, 8, 8)]
    public void A_batch_starts_with_the_largest_preferred_size_that_is_filled_and_with_all_jobs_when_it_is_due(
        int waiting,
        int before,
        int due
    ) =>
        Assert.Equal(
            (before, due),
            (BatchRule.SizeOf(Preferring, waiting, isDue: false), BatchRule.SizeOf(Preferring, waiting, isDue: true))
        );

    [Fact]
    public void Without_preferred_sizes_only_a_full_batch_starts_before_it_is_due() =>
        Assert.Equal(
            [0, 8],
            new[] { 7, 8 }.Select(waiting =>
                BatchRule.SizeOf(Preferring with { PreferredSizes = [] }, waiting, isDue: false)
            )
        );

    [Fact]
    public void A_worker_starts_a_preferred_batch_at_once_and_the_jobs_left_over_keep_their_place_and_their_delay()
    {
        var scene = new MachineScene(
            more:
            [
                (
                    new Offer
                    {
                        Method = "preferring",
                        Version = 1,
                        Schema = "{}",
                    },
                    Preferring
                ),
            ]
        );

        scene.Grant(5, job => job.Method = "preferring");
        var first = scene.Batches;
        foreach (var job in new ulong[] { 1, 2, 3, 4 })
            scene.End(job);
        scene.Handle(new WorkerEvent.CallReturned(0));
        scene.Wake();
        var early = scene.Batches;
        scene.Advance(0.010);

        Assert.Equal(["1 2 3 4"], first);
        Assert.Equal(["1 2 3 4"], early);
        Assert.Equal(["1 2 3 4", "5"], scene.Batches);
    }
}
