using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Problems;
using Headrace.Benchop.Tests.Measuring;
using Xunit;

namespace Headrace.Benchop.Tests.Methods;

/// <summary>A result outside its no-arbitrage bounds is rounding, an error of the method, or refused.</summary>
public sealed class PriceBoundsTests
{
    [Fact]
    public void A_price_that_rounding_makes_negative_is_zero()
    {
        var prices = MethodProbe.Prices("fgl", "1a", "K=0.428,S=0.403,T=0.0493,r=-0.0125,sigma=0.0218");

        Assert.True(prices[0] >= 0, $"{prices[0]:R}");
    }

    [Theory]
    [InlineData("1a", "S=90", -1e-13, 0)]
    [InlineData("1a", "S=200,r=0", 100 - 1e-11, 100)]
    [InlineData("1a-delta", "S=90", 1 + 1e-13, 1)]
    [InlineData("1a-gamma", "S=90", -1e-15, 0)]
    [InlineData("1b", "S=90", 10 - 1e-12, 10)]
    [InlineData("6", "S1=90,S2=80", 10 - 1e-12, 10)]
    public void A_violation_by_rounding_is_moved_to_the_bound(string id, string settings, double value, double bound) =>
        Assert.Equal(bound, Price(id, settings, value).Values[0]);

    [Theory]
    [InlineData("1a", "S=90", -1e-6)]
    [InlineData("1b", "S=90", 9.999)]
    [InlineData("1a-delta", "S=90", 1.0001)]
    public void A_larger_violation_is_not_hidden(string id, string settings, double value) =>
        Assert.Equal(value, Price(id, settings, value).Values[0]);

    [Theory]
    [InlineData("1a", "S=90", -1)]
    [InlineData("1b", "S=90", 9)]
    [InlineData("1a-delta", "S=90", 1.1)]
    public void A_gross_violation_is_refused(string id, string settings, double value) =>
        Assert.Contains(
            "is outside the no-arbitrage bounds",
            Price(id, settings, value).Refusal,
            StringComparison.Ordinal
        );

    private static PricingAnswer Price(string id, string settings, double value) =>
        PricingRun.Price(new Constant(value), ProblemCatalogue.Resolve(id, settings).Problem!);
}
