using Headrace.Bench.Chaos;
using Xunit;

namespace Headrace.Tests.Bench.Chaos;

public sealed class FaultPlanTests
{
    [Fact]
    public void The_same_seed_gives_the_same_faults_and_another_seed_others()
    {
        var length = TimeSpan.FromMinutes(2);

        Assert.Equal(FaultPlan.Draw(7, length, diskFills: true), FaultPlan.Draw(7, length, diskFills: true));
        Assert.NotEqual(FaultPlan.Draw(7, length, diskFills: true), FaultPlan.Draw(8, length, diskFills: true));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_worker_dies_every_second_a_server_every_twenty_and_no_fault_outlasts_the_run(int seed)
    {
        var length = TimeSpan.FromMinutes(2);

        var plan = FaultPlan.Draw(seed, length, diskFills: true, diskSlows: true);

        Assert.Equal(120, plan.Count(fault => fault.Kind == FaultKind.KillWorker));
        Assert.Equal(6, plan.Count(fault => fault.Kind == FaultKind.KillServer));
        Assert.Equal(Enum.GetValues<FaultKind>().Order(), plan.Select(fault => fault.Kind).Distinct().Order());
        Assert.All(plan, fault => Assert.InRange(fault.At + fault.Length, TimeSpan.Zero, length));
        Assert.Equal(plan.OrderBy(fault => fault.At), plan);
    }

    [Fact]
    public void Without_a_separate_disk_no_disk_is_filled() =>
        Assert.DoesNotContain(
            FaultPlan.Draw(7, TimeSpan.FromMinutes(2), diskFills: false),
            fault => fault.Kind == FaultKind.FillDisk
        );

    [Fact]
    public void A_disk_that_slows_down_is_slow_for_a_third_of_the_time_and_the_other_faults_stay_the_same()
    {
        var length = TimeSpan.FromMinutes(2);

        var plan = FaultPlan.Draw(7, length, diskFills: false, diskSlows: true);

        Assert.Equal(4, plan.Count(fault => fault.Kind == FaultKind.SlowDisk));
        Assert.Equal(
            length / 3,
            plan.Where(fault => fault.Kind == FaultKind.SlowDisk).Aggregate(TimeSpan.Zero, (sum, f) => sum + f.Length)
        );
        Assert.Equal(
            FaultPlan.Draw(7, length, diskFills: false),
            plan.Where(fault => fault.Kind != FaultKind.SlowDisk)
        );
    }
}
