using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Problems;
using Xunit;

namespace Headrace.Benchop.Tests.Methods;

/// <summary>
/// Tests properties that hold for every method, such as limits, homogeneity and monotonicity, without using a
/// reference.
/// </summary>
public sealed class IdentityTests
{
    /// <summary>
    /// The methods, each with the European problems that it prices. The global radial basis functions reject problem 4
    /// for spots that are as far from the strike as those in these tests.
    /// </summary>
    public static TheoryData<string, string> EuropeanCases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var id in new[] { "1a", "2a", "4", "5" })
                foreach (var method in MethodCatalogue.All.Where(m => m.WhyNot(ProblemCatalogue.Default(id)) is null))
                    if ((method.Card.Name, id) is not ("rbf", "4"))
                        data.Add(
                            (method, id) is (ISamplingMethod, "4")
                                ? new TheoryDataRow<string, string>(method.Card.Name, id).WithTrait("Speed", "Slow")
                                : new TheoryDataRow<string, string>(method.Card.Name, id)
                        );

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(EuropeanCases))]
    public void Price_is_homogeneous_in_spot_and_strike(string method, string id)
    {
        var low = LowestSpot(method, id);
        var once = Prices(method, id, $"S={low}:100:125,K=100");
        var twice = Prices(method, id, $"S={2 * low}:200:250,K=200");

        for (var i = 0; i < 3; i++)
            Assert.Equal(2 * once[i], twice[i], 2e-4 * twice[i]);
    }

    [Theory]
    [MemberData(nameof(EuropeanCases))]
    public void Price_rises_with_the_spot_by_at_most_the_spot(string method, string id)
    {
        var spots = Enumerable.Range(0, 9).Select(i => 80 + (5 * i)).Where(spot => spot >= LowestSpot(method, id));
        var prices = Prices(method, id, $"S={string.Join(':', spots)}");

        for (var i = 1; i < prices.Length; i++)
            Assert.InRange(prices[i] - prices[i - 1], 0, 5);
    }

    [Theory]
    [InlineData("closed", "1a")]
    [InlineData("cos", "1a")]
    [InlineData("fft", "1a")]
    public void A_tiny_volatility_prices_the_forward_payoff(string method, string id)
    {
        var prices = Prices(method, id, "S=90:110,sigma=0.0005,r=0.01,T=1");

        Assert.Equal(0, prices[0], 1e-9);
        Assert.Equal(110 - (100 * Math.Exp(-0.01)), prices[1], 1e-7);
    }

    [Fact]
    public void Laguerre_nodes_that_cannot_reach_two_hundred_deviations_out_are_refused()
    {
        var answer = PricingRun.Price(
            MethodCatalogue.Find("fgl")!,
            ProblemCatalogue.Resolve("1a", "S=90:110,sigma=0.0002").Problem!
        );

        Assert.Contains("nodes", answer.Refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("closed", "1a")]
    [InlineData("cos", "1a")]
    [InlineData("fft", "1a")]
    [InlineData("fgl", "1a")]
    public void Negative_rates_and_a_long_maturity_are_priced(string method, string id)
    {
        var prices = Prices(method, id, "S=60:100:170,sigma=0.2,r=-0.02,T=30");
        var closed = Prices("closed", id, "S=60:100:170,sigma=0.2,r=-0.02,T=30");

        for (var i = 0; i < 3; i++)
            Assert.Equal(closed[i], prices[i], 1e-4 * closed[i]);
    }

    [Fact]
    public void A_Merton_model_without_jumps_is_Black_Scholes()
    {
        var expected = Prices("closed", "1a", "");

        foreach (var method in new[] { "series", "cos", "fft", "fgl" })
        {
            var prices = Prices(method, "5", "lambda=0");
            for (var i = 0; i < 3; i++)
                Assert.Equal(expected[i], prices[i], 1e-6 * expected[i]);
        }
    }

    [Theory]
    [InlineData("quadrature")]
    [InlineData("cos")]
    [InlineData("fft")]
    [InlineData("fgl")]
    public void A_Heston_model_whose_variance_hardly_moves_is_Black_Scholes(string method)
    {
        var expected = Prices("closed", "1a", "");

        var prices = Prices(method, "4", "sigma=0.001,rho=0");

        for (var i = 0; i < 3; i++)
            Assert.Equal(expected[i], prices[i], 1e-5 * expected[i]);
    }

    [Theory]
    [InlineData("quadrature")]
    [InlineData("cos")]
    [InlineData("fft")]
    [InlineData("fgl")]
    public void Heston_with_a_violated_Feller_condition_meets_the_values_of_the_2018_sequel(string method)
    {
        var prices = Prices(method, "4", "S=75:100:125,r=0,V0=0.114,kappa=2.58,theta=0.043,sigma=1,rho=-0.36");

        double[] published = [0.9085027284596225, 9.046650119220938, 28.51478639929874];
        for (var i = 0; i < 3; i++)
            Assert.Equal(published[i], prices[i], 1e-4 * published[i]);
    }

    [Theory]
    [InlineData("closed")]
    [InlineData("cos")]
    public void A_barrier_out_of_reach_leaves_the_European_call(string method)
    {
        var expected = Prices("closed", "1a", "");

        var prices = Prices(method, "1c", "B=100000");

        for (var i = 0; i < 3; i++)
            Assert.Equal(expected[i], prices[i], 1e-9 * expected[i]);
    }

    [Fact]
    public void A_barrier_just_above_the_spot_leaves_almost_nothing()
    {
        Assert.InRange(Prices("closed", "1c", "S=124.9")[0], 1e-6, 0.05);
    }

    [Theory]
    [InlineData("quadrature")]
    [InlineData("cos")]
    [InlineData("fgl")]
    public void An_American_call_without_dividend_is_European(string method)
    {
        var expected = Prices("closed", "1a", "T=0.5");

        var prices = Prices(method, "2b", "D=0");

        for (var i = 0; i < 3; i++)
            Assert.Equal(expected[i], prices[i], 1e-6 * expected[i]);
    }

    [Theory]
    [InlineData("cos")]
    [InlineData("fgl")]
    public void An_American_put_at_a_rate_of_zero_is_European(string method)
    {
        var calls = Prices("closed", "1a", "r=0");

        var prices = Prices(method, "1b", "r=0");

        for (var i = 0; i < 3; i++)
        {
            var european = calls[i] - (90 + (10 * i)) + 100;
            Assert.Equal(european, prices[i], 1e-5 * european);
        }
    }

    [Theory]
    [InlineData("cos")]
    [InlineData("fgl")]
    public void A_deep_American_put_is_exercised_at_once(string method)
    {
        var price = Prices(method, "1b", "S=50")[0];

        // Truncating the cosine range introduces an error of 1e-9 times the strike in each of 60 steps.
        Assert.Equal(50, price, 1e-5);
    }

    [Fact]
    public void Perfectly_correlated_equal_assets_exchange_at_their_difference()
    {
        var prices = Prices("closed", "6", "rho=1,S1=90:100:110,S2=100");

        Assert.Equal([0, 0, 10], prices.Select(p => Math.Round(p, 12)));
        var refusal = PricingRun
            .Price(MethodCatalogue.Find("cos")!, ProblemCatalogue.Resolve("6", "rho=1").Problem!)
            .Refusal;
        Assert.Contains("correlation", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Ten_thousand_points_come_back_in_their_order()
    {
        double[] spots = [.. Enumerable.Range(0, 9_999).Select(i => 50 + (0.01 * i))];
        var problem = ProblemCatalogue.Resolve("1a", new Dictionary<string, double[]> { ["S"] = spots }).Problem!;

        var prices = PricingRun.Price(MethodCatalogue.Find("closed")!, problem).Values;

        Assert.Equal(9_999, prices.Count);
        Assert.Equal(prices.Order(), prices);
        Assert.Equal(Prices("closed", "1a", "S=100")[0], prices[5_000], 1e-12);
    }

    /// <summary>
    /// Returns the lowest spot for which the identities are tested. The multilevel methods reject problem 2a for a spot
    /// of 80, because too few of their paths end in the money.
    /// </summary>
    private static int LowestSpot(string method, string id) => (method, id) is ("mlmc" or "mlmca", "2a") ? 90 : 80;

    private static double[] Prices(string method, string id, string settings)
    {
        var problem = ProblemCatalogue.Resolve(id, settings);
        Assert.Empty(problem.Faults);
        var answer = PricingRun.Price(MethodCatalogue.Find(method)!, problem.Problem!);
        Assert.Null(answer.Refusal);
        return [.. answer.Values];
    }
}
