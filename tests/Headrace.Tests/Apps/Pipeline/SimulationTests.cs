using Headrace.Apps.Pipeline.Simulating;
using Headrace.Mpi;
using Xunit;

namespace Headrace.Tests.Apps.Pipeline;

public sealed class SimulationTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void The_value_does_not_depend_on_the_number_of_ranks(int size)
    {
        var alone = Simulation.ValueOf(Simulation.PartOf(100, 5, 0, 1));

        var together = LocalRanks.Run(
            size,
            ranks => Simulation.Run(ranks, 100, ranks.Rank == 0 ? 5 : 99),
            TestContext.Current.CancellationToken
        );

        Assert.All(together, value => Assert.Equal(alone, value));
    }

    [Fact]
    public void Values_spread_over_the_whole_range_and_half_of_them_are_even()
    {
        var values = Enumerable
            .Range(0, 10_000)
            .Select(param => Simulation.ValueOf(Simulation.PartOf(param, 1, 0, 1)))
            .ToList();

        Assert.All(values, value => Assert.InRange(value, 0, 32_767));
        // The deviation of the mean is 95, that of the number of even values 50.
        Assert.InRange(values.Average(), 16_383.5 - 500, 16_383.5 + 500);
        Assert.InRange(values.Count(value => value % 2 == 0), 4_700, 5_300);
    }

    [Fact]
    public void Seeds_and_params_give_different_values()
    {
        var values = from param in Enumerable.Range(-5, 11)
                     from seed in Enumerable.Range(1, 5)
                     select Simulation.PartOf(param, seed, 0, 1);

        Assert.Equal(55, values.Distinct().Count());
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(3, 1, 2)]
    [InlineData(-3, 1, 2)]
    [InlineData(101, 0.5, 1)]
    public void An_odd_parameter_takes_twice_as_long(long param, double scale, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Simulation.DurationOf(param, scale));
}
