using Headrace.Worker.Onnx.Serving;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headrace.Tests.Onnx;

/// <summary>Tests how many rows a model processes in one run.</summary>
public sealed class RunSizeTests
{
    [Theory]
    [InlineData(new[] { 10.0, 12, 20, 30 }, 8)]
    [InlineData(new[] { 10.0, 11, 12, 40 }, 4)]
    [InlineData(new[] { 10.0, 20, 40, 80 }, 8)]
    [InlineData(new[] { 10.0, 25, 60, 150 }, 1)]
    [InlineData(new[] { 10.0, 15, 20, 41 }, 8)]
    public void The_size_with_the_highest_rate_is_chosen_and_of_similar_ones_the_largest(
        double[] micros,
        int expected
    ) =>
        Assert.Equal(
            expected,
            RunSize.Choose([.. micros.Select((time, i) => (1 << i, TimeSpan.FromMicroseconds(time)))])
        );

    [Fact]
    public void Sizes_are_doubled_up_to_the_maximum_and_the_fastest_run_of_each_counts()
    {
        var clock = new FakeTimeProvider();
        var runs = new List<int>();

        var measured = RunSize.Measure(
            rows =>
            {
                runs.Add(rows);
                // The third run of each size is the fastest one.
                clock.Advance(TimeSpan.FromMicroseconds(rows * (runs.Count(run => run == rows) == 3 ? 10 : 20)));
            },
            max: 6,
            clock
        );

        Assert.Equal(
            [(1, 10.0), (2, 20), (4, 40), (6, 60)],
            measured.Select(one => (one.Rows, one.Time.TotalMicroseconds))
        );
    }

    [Fact]
    public void A_slow_model_is_measured_with_small_sizes_only()
    {
        var clock = new FakeTimeProvider();

        var measured = RunSize.Measure(rows => clock.Advance(TimeSpan.FromSeconds(0.3 * rows)), max: 256, clock);

        Assert.Equal([1], measured.Select(one => one.Rows));
    }
}
