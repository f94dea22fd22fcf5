using Xunit;

namespace Headrace.Benchop.Tests.Methods.Binomial;

public sealed class BinomialTests
{
    [Theory]
    [InlineData("1a-I", 1.7, 80, 640)]
    [InlineData("2a", 1.7, 80, 1280)]
    [InlineData("2b", 1.5, 80, 1280)]
    [InlineData("1b-I", 0.8, 100, 2000)]
    public void Error_falls_at_the_stated_order(string id, double least, params int[] works)
    {
        var order = MethodProbe.Order("binomial", id, works);

        Assert.True(order > least, $"order {order:F2} on {id}");
    }

    [Theory]
    [InlineData("1a")]
    [InlineData("2a")]
    [InlineData("2b")]
    public void Random_numbers_meet_the_target_at_twice_the_steps(string id)
    {
        for (var seed = 1; seed <= 15; seed++)
            Assert.True(
                MethodProbe.Meets("binomial", new Draw(seed).BlackScholes(id), 1e-4, 2, $"seed {seed}"),
                $"the problem of seed {seed} was refused"
            );
    }

    [Fact]
    public void Random_puts_stay_within_a_few_ten_thousandths()
    {
        for (var seed = 1; seed <= 5; seed++)
            MethodProbe.Meets("binomial", new Draw(seed).BlackScholes("1b"), 4e-4, 1, $"seed {seed}");
    }

    [Fact]
    public void A_strike_beyond_the_lattice_is_refused_out_of_the_money_and_harmless_in_it()
    {
        Assert.Contains(
            "out of the money",
            MethodProbe.Answer("binomial", "1a", "S=30", 40).Refusal,
            StringComparison.Ordinal
        );

        var closed = MethodProbe.Prices("closed", "1a", "S=300")[0];
        Assert.Equal(closed, MethodProbe.Prices("binomial", "1a", "S=300", 40)[0], 1e-9 * closed);
    }

    [Theory]
    [InlineData("sigma=0.0005,r=0.01,S=110")]
    [InlineData("sigma=0.2,r=-0.02,T=30,S=60:100:170")]
    [InlineData("sigma=0.02,r=0.9,T=5,S=100")]
    public void Any_rate_keeps_the_moves_probabilities(string numbers)
    {
        var closed = MethodProbe.Prices("closed", "1a", numbers);

        var prices = MethodProbe.Prices("binomial", "1a", numbers, 600);

        for (var i = 0; i < closed.Length; i++)
            Assert.Equal(closed[i], prices[i], 1e-4 * closed[i]);
    }
}
