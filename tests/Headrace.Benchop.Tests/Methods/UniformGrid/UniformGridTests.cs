using Xunit;

namespace Headrace.Benchop.Tests.Methods.UniformGrid;

public sealed class UniformGridTests
{
    [Theory]
    [InlineData("1a-I")]
    [InlineData("1a-II")]
    [InlineData("1a-delta-I")]
    [InlineData("1a-gamma-I")]
    [InlineData("1a-vega-I")]
    [InlineData("1b-I")]
    [InlineData("1c-I")]
    [InlineData("2a")]
    [InlineData("2b")]
    [InlineData("3-I")]
    [InlineData("3-II")]
    public void Error_falls_with_the_square_of_the_intervals(string id)
    {
        var order = MethodProbe.Order("fd", id, 300, 1200);

        Assert.True(order > 1.65, $"order {order:F2} on {id}");
    }

    [Theory]
    [InlineData("1a", 1e-3)]
    [InlineData("1a-delta", 1e-3)]
    [InlineData("1a-gamma", 1e-3)]
    [InlineData("1a-vega", 1e-3)]
    [InlineData("1b", 1e-3)]
    [InlineData("1c", 1e-3)]
    [InlineData("2a", 1e-3)]
    [InlineData("2b", 1e-3)]
    public void Random_numbers_stay_within_a_thousandth_or_are_refused(string id, double target)
    {
        var priced = 0;
        for (var seed = 1; seed <= 6; seed++)
            priced += MethodProbe.Meets("fd", new Draw(seed).BlackScholes(id), target, 1.5, $"seed {seed}") ? 1 : 0;

        Assert.True(priced >= 5, $"only {priced} of 6 were priced");
    }

    [Fact]
    public void Exercised_puts_are_exactly_their_exercise_value()
    {
        Assert.Equal([3, 2, 1], MethodProbe.Prices("fd", "1b-II", "", 400));
    }

    [Fact]
    public void A_layer_thinner_than_the_nodes_and_drift_that_makes_differences_oscillate_are_refused()
    {
        Assert.Contains(
            "too coarse",
            MethodProbe.Answer("fd", "1a", "sigma=0.9,T=9", 100).Refusal,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "oscillate",
            MethodProbe.Answer("fd", "1a", "sigma=0.01,T=1,r=0.5", 2000).Refusal,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "out of the money",
            MethodProbe.Answer("fd", "1a", "S=50", 100).Refusal,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_negative_rate_makes_a_put_European()
    {
        var calls = MethodProbe.Prices("closed", "1a", "r=-0.03");

        var puts = MethodProbe.Prices("fd", "1b", "r=-0.03");

        for (var i = 0; i < 3; i++)
        {
            var european = calls[i] - (90 + (10 * i)) + (100 * Math.Exp(0.03));
            Assert.Equal(european, puts[i], 2e-4 * european);
        }
    }

    [Fact]
    public void A_jump_beyond_equal_steps_and_a_second_dimension_are_refused_with_the_method_to_take()
    {
        Assert.Contains("fdnu", MethodProbe.Answer("fd", "5").Refusal, StringComparison.Ordinal);
        Assert.Contains("adi", MethodProbe.Answer("fd", "6").Refusal, StringComparison.Ordinal);
    }
}
