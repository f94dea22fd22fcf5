using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Reference;
using Xunit;

namespace Headrace.Benchop.Tests.Numerics;

public sealed class NormalTests
{
    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(-1, 0.15865525393145705)]
    [InlineData(1, 0.84134474606854295)]
    [InlineData(-2.5, 0.0062096653257761351)]
    [InlineData(-10, 7.6198530241605261e-24)]
    [InlineData(-20, 2.7536241186062337e-89)]
    [InlineData(-37.5, 4.6053530095819538e-308)]
    public void Cdf_keeps_its_digits_into_the_tails(double x, double expected)
    {
        Assert.Equal(1, Normal.Cdf(x) / expected, 4e-15);
    }

    [Fact]
    public void Cdf_is_the_integral_of_the_density()
    {
        for (double x = -8; x < 8; x += 0.37)
        {
            var integral = Integral.Of(Normal.Density, x, x + 0.37, 4);
            Assert.Equal(
                integral,
                x < 0 ? Normal.Cdf(x + 0.37) - Normal.Cdf(x) : Normal.Cdf(-x) - Normal.Cdf(-x - 0.37),
                1e-15
            );
        }
    }

    [Fact]
    public void Infinite_and_huge_arguments_have_their_limits()
    {
        Assert.Equal(0, Normal.Cdf(double.NegativeInfinity));
        Assert.Equal(1, Normal.Cdf(double.PositiveInfinity));
        Assert.Equal(0, Normal.Cdf(-1e200));
        Assert.Equal(1, Normal.Cdf(1e200));
        Assert.True(double.IsNaN(Normal.Cdf(double.NaN)));
    }

    [Fact]
    public void Four_lanes_are_four_numbers()
    {
        var lanes = Normal.Cdf(Vector256.Create(-3.0, -0.1, 0.1, 3));

        Assert.Equal(
            [Normal.Cdf(-3), Normal.Cdf(-0.1), Normal.Cdf(0.1), Normal.Cdf(3)],
            new[] { lanes[0], lanes[1], lanes[2], lanes[3] }
        );
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(-0.9)]
    [InlineData(0.0)]
    public void The_bivariate_normal_at_the_origin_is_a_quarter_plus_an_angle(double rho)
    {
        Assert.Equal(0.25 + (Math.Asin(rho) / (2 * Math.PI)), BivariateNormal.Cdf(0, 0, rho), 1e-15);
    }
}
