using Xunit;

namespace Headrace.Benchop.Tests.Methods.Adi;

public sealed class AdiTests
{
    [Fact]
    public void The_spread_call_converges_at_third_order_at_least()
    {
        var order = MethodProbe.Order("adi", "6", 40, 120);

        Assert.True(order > 2.8, $"order {order:F2}");
    }

    [Fact]
    public void Heston_converges_at_second_order_where_Feller_is_violated()
    {
        // The at-the-money price published in BENCHOP-SLV (2018).
        const double Published = 9.046650119220938;
        double[] errors =
        [
            .. new[] { 60, 120, 240 }.Select(n =>
                Math.Abs(
                    MethodProbe.Prices("adi", "4", "S=100,r=0,V0=0.114,kappa=2.58,theta=0.043,sigma=1,rho=-0.36", n)[0]
                        - Published
                )
            ),
        ];

        Assert.True(errors[0] / errors[2] > 10, string.Join(' ', errors));
        Assert.True(errors[2] < 1e-4 * Published, $"{errors[2]:E2}");
    }

    [Fact]
    public void Random_spreads_meet_the_target_and_random_Heston_models_stay_near()
    {
        var priced = 0;
        for (var seed = 1; seed <= 12; seed++)
        {
            priced += MethodProbe.Meets("adi", new Draw(seed).Spread(), 1e-4, 2, $"seed {seed}") ? 1 : 0;

            // Where Feller's condition is strongly violated, the value curves sharply near v = 0, and second-order
            // convergence is observed only at large n.
            MethodProbe.Meets("adi", new Draw(seed).Heston(), 3e-3, 2, $"seed {seed}");
        }

        Assert.True(priced >= 10, $"only {priced} of 12 were priced");
    }

    [Fact]
    public void A_spread_is_homogeneous_and_obeys_the_parity_of_exchange()
    {
        var once = MethodProbe.Prices("adi", "6", "S1=95:105,S2=105:95");
        var twice = MethodProbe.Prices("adi", "6", "S1=190:210,S2=210:190");

        Assert.Equal(2 * once[0], twice[0], 2e-4 * twice[0]);

        // If the volatilities are equal, swapping the spots turns the payoff max(S1 - S2, 0) into max(S2 - S1, 0). The
        // two payoffs differ by S1 - S2.
        Assert.Equal(10, once[1] - once[0], 1e-3);
    }

    [Fact]
    public void Variance_that_hardly_moves_leaves_Black_Scholes()
    {
        var closed = MethodProbe.Prices("closed", "1a");

        var prices = MethodProbe.Prices("adi", "4", "sigma=0.001,rho=0", 80);

        for (var i = 0; i < 3; i++)
            Assert.Equal(closed[i], prices[i], 1e-4 * closed[i]);
    }

    [Fact]
    public void Assets_that_move_together_or_at_very_different_speeds_are_refused()
    {
        Assert.Contains("too coarse", MethodProbe.Answer("adi", "6", "rho=1").Refusal, StringComparison.Ordinal);
        Assert.Contains(
            "too coarse",
            MethodProbe.Answer("adi", "6", "sigma1=0.6,sigma2=0.01").Refusal,
            StringComparison.Ordinal
        );
        Assert.Contains("one space dimension", MethodProbe.Answer("adi", "1a").Refusal, StringComparison.Ordinal);
    }
}
