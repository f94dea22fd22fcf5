using Headrace.Apps.Benchop.Numerics;
using Xunit;

namespace Headrace.Benchop.Tests.Numerics;

public sealed class QuadratureRuleTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(24)]
    [InlineData(64)]
    [InlineData(333)]
    public void Gauss_Legendre_integrates_every_polynomial_of_its_degree(int order)
    {
        var rule = GaussLegendre.Of(order);

        for (var power = 0; power < Math.Min(2 * order, 60); power++)
        {
            double sum = 0;
            for (var i = 0; i < order; i++)
                sum += rule.Weights[i] * Math.Pow(rule.Nodes[i], power);

            Assert.Equal(power % 2 == 1 ? 0 : 2.0 / (power + 1), sum, 1e-14);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(32)]
    [InlineData(240)]
    public void Gauss_Laguerre_integrates_every_polynomial_of_its_degree_times_its_weight(int order)
    {
        var rule = GaussLaguerre.Of(order);

        double factorial = 1;
        for (var power = 0; power < Math.Min(2 * order, 20); power++)
        {
            factorial *= Math.Max(1, power);
            double sum = 0;
            for (var i = 0; i < rule.Nodes.Length; i++)
                sum += rule.Weights[i] * Math.Pow(rule.Nodes[i], power) * Math.Exp(-rule.Nodes[i]);

            Assert.Equal(1, sum / factorial, 1e-11);
        }
    }

    [Fact]
    public void Orders_beyond_the_safe_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => GaussLaguerre.Of(GaussLaguerre.MaxNodes + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => GaussLaguerre.Of(0));
    }
}
