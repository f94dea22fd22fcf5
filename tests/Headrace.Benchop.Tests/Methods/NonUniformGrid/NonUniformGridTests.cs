using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;
using Xunit;

namespace Headrace.Benchop.Tests.Methods.NonUniformGrid;

public sealed class NonUniformGridTests
{
    [Theory]
    [InlineData("1a-I", 3.3, 40, 160)]
    [InlineData("1a-II", 3.3, 40, 160)]
    [InlineData("1a-delta-I", 3.3, 40, 160)]
    [InlineData("1a-gamma-I", 3.3, 40, 160)]
    [InlineData("1a-gamma-II", 3.3, 40, 160)]
    [InlineData("1a-vega-I", 3.3, 40, 160)]
    [InlineData("1c-I", 3.5, 80, 320)]
    [InlineData("2a", 3.3, 40, 160)]
    [InlineData("2b", 3.3, 40, 160)]
    [InlineData("3-I", 3.3, 40, 160)]
    [InlineData("3-II", 3.3, 40, 160)]
    [InlineData("5", 3.3, 64, 256)]
    [InlineData("6", 3, 24, 48)]
    [InlineData("4", 1.6, 40, 100)]
    [InlineData("1b-I", 1.7, 80, 640)]
    public void Error_falls_at_the_stated_order(string id, double least, params int[] works)
    {
        var order = MethodProbe.Order("fdnu", id, works);

        Assert.True(order > least, $"order {order:F2} on {id}");
    }

    [Trait("Speed", "Slow")]
    [Theory]
    [InlineData("1a", 1)]
    [InlineData("1a-delta", 1)]
    [InlineData("1a-gamma", 1)]
    [InlineData("1a-vega", 1)]
    [InlineData("1c", 2)]
    [InlineData("2a", 2)]
    [InlineData("2b", 2)]
    [InlineData("5", 2)]
    [InlineData("6", 2)]
    [InlineData("3-I", 2)]
    [InlineData("3-II", 2)]
    public void Random_numbers_meet_the_target_or_are_refused(string id, double workFactor)
    {
        // The reference under local volatility takes about a second to compute, so fewer seeds are used.
        var seeds = id.StartsWith('3') ? 4 : 12;
        var priced = 0;
        for (var seed = 1; seed <= seeds; seed++)
            priced += MethodProbe.Meets("fdnu", Draw(id, seed), 1e-4, workFactor, $"seed {seed}") ? 1 : 0;

        Assert.True(priced >= 0.75 * seeds, $"only {priced} of {seeds} were priced");
    }

    [Fact]
    public void Random_puts_and_Heston_models_stay_near_the_references()
    {
        for (var seed = 1; seed <= 5; seed++)
        {
            MethodProbe.Meets("fdnu", new Draw(seed).BlackScholes("1b"), 3e-4, 1, $"seed {seed}");

            // Where Feller's condition is strongly violated, the value curves sharply near v = 0, and second-order
            // convergence is observed only at large n.
            MethodProbe.Meets("fdnu", new Draw(seed).Heston(), 5e-4, 1, $"seed {seed}");
        }
    }

    [Theory]
    [InlineData("sigma=0.001,r=0.02,T=0.01", "S=110")]
    [InlineData("sigma=0.0005,r=0.01,T=1", "S=110:300")]
    [InlineData("sigma=0.2,r=-0.02,T=30", "S=60:100:170")]
    [InlineData("sigma=0.9,r=0.05,T=40", "S=20:100:500")]
    [InlineData("sigma=0.3,r=0.9,T=20", "S=0.001:100")]
    [InlineData("sigma=3,r=0.1,T=100", "S=1:100:10000")]
    public void Tiny_volatility_long_maturity_and_wild_rates_give_the_closed_form(string numbers, string spots)
    {
        var closed = MethodProbe.Prices("closed", "1a", $"{spots},{numbers}");

        var prices = MethodProbe.Prices("fdnu", "1a", $"{spots},{numbers}", 60);

        for (var i = 0; i < closed.Length; i++)
            Assert.Equal(closed[i], prices[i], 1e-4 * closed[i]);
    }

    [Fact]
    public void A_value_that_the_nodes_cannot_resolve_is_refused_and_more_nodes_price_it()
    {
        const string Far = "S=45,sigma=0.15,T=1";
        Assert.Contains(
            "Increase the work parameter",
            MethodProbe.Answer("fdnu", "1a", Far, 24).Refusal,
            StringComparison.Ordinal
        );

        var closed = MethodProbe.Prices("closed", "1a", Far)[0];
        Assert.Equal(closed, MethodProbe.Prices("fdnu", "1a", Far, 400)[0], 1e-3 * closed);
        Assert.Contains(
            "closed form",
            MethodProbe.Answer("fdnu", "1a", "sigma=1e-12").Refusal,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "one at a time",
            MethodProbe.Answer("fdnu", "1a", "S=1:1000,sigma=0.05", 200).Refusal,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_negative_rate_makes_a_put_European()
    {
        var calls = MethodProbe.Prices("closed", "1a", "r=-0.03");

        var puts = MethodProbe.Prices("fdnu", "1b", "r=-0.03");

        for (var i = 0; i < 3; i++)
        {
            var european = calls[i] - (90 + (10 * i)) + (100 * Math.Exp(0.03));
            Assert.Equal(european, puts[i], 2e-4 * european);
        }
    }

    [Fact]
    public void Puts_below_the_boundary_are_exactly_their_exercise_value()
    {
        Assert.Equal([97, 50, 30], MethodProbe.Prices("fdnu", "1b", "S=3:50:70"));
        Assert.Equal([3, 2, 1], MethodProbe.Prices("fdnu", "1b-II"));
    }

    [Fact]
    public void A_barrier_far_away_leaves_the_European_call_and_one_close_by_almost_nothing()
    {
        var closed = MethodProbe.Prices("closed", "1a");

        var far = MethodProbe.Prices("fdnu", "1c", "B=100000");

        for (var i = 0; i < 3; i++)
            Assert.Equal(closed[i], far[i], 1e-4 * closed[i]);

        var near = MethodProbe.Prices("closed", "1c", "S=124.9")[0];
        Assert.Equal(near, MethodProbe.Prices("fdnu", "1c", "S=124.9", 128)[0], 1e-3 * near);
    }

    [Fact]
    public void A_dividend_too_small_to_exercise_for_leaves_the_European_call()
    {
        var european = MethodProbe.Prices("closed", "1a", "T=0.5");

        var american = MethodProbe.Prices("fdnu", "2b", "D=0");

        for (var i = 0; i < 3; i++)
            Assert.Equal(european[i], american[i], 1e-4 * european[i]);
    }

    [Fact]
    public void Without_jumps_Merton_is_Black_Scholes_and_with_jumps_too_sharp_for_the_nodes_it_is_refused()
    {
        var closed = MethodProbe.Prices("closed", "1a");

        var still = MethodProbe.Prices("fdnu", "5", "lambda=0");

        for (var i = 0; i < 3; i++)
            Assert.Equal(closed[i], still[i], 1e-4 * closed[i]);

        Assert.Contains(
            "do not resolve jumps",
            MethodProbe.Answer("fdnu", "5", "delta=0.001").Refusal,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void The_time_integrator_is_consistent_and_ends_on_its_step()
    {
        for (var i = 0; i < DirkScheme.Stages; i++)
        {
            var sum = DirkScheme.Diagonal;
            for (var k = 0; k < i; k++)
                sum += DirkScheme.Diagonal * DirkScheme.Weights[DirkScheme.RowOf(i) + k];

            Assert.Equal(DirkScheme.Times[i], sum, 1e-14);
        }

        Assert.Equal(1, DirkScheme.Times[^1]);
    }

    private static Problem Draw(string id, int seed)
    {
        var draw = new Draw(seed);
        return id switch
        {
            "3-I" => draw.SmoothLocalVolatility(),
            "3-II" => draw.ImpliedLocalVolatility(),
            "5" => draw.Merton(),
            "6" => draw.Spread(),
            _ => draw.BlackScholes(id),
        };
    }
}
