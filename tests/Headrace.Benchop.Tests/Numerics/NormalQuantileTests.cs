using Headrace.Apps.Benchop.Numerics;
using Xunit;

namespace Headrace.Benchop.Tests.Numerics;

public sealed class NormalQuantileTests
{
    [Fact]
    public void The_quantile_inverts_the_distribution_function()
    {
        for (var exponent = -15.9; exponent < -0.31; exponent += 0.17)
        {
            var probability = Math.Pow(10, exponent);
            var x = NormalQuantile.At(probability);

            // A relative error in the quantile x causes a relative error in the probability that is x^2 times as large.
            Assert.Equal(1, Normal.Cdf(x) / probability, 4e-15 * (1 + (x * x)));
        }
    }

    [Fact]
    public void The_quantile_is_odd_about_one_half()
    {
        Assert.Equal(0, NormalQuantile.At(0.5));
        for (var k = 1; k < 64; k++)
            Assert.Equal(-NormalQuantile.At(k / 64.0), NormalQuantile.At(1 - (k / 64.0)), 1e-14);
    }

    [Fact]
    public void A_basis_of_deficient_rank_is_recognised()
    {
        var fit = new PolynomialFit(3);
        for (var i = 0; i < 10; i++)
            fit.Add(i % 2, 1 + (i % 2));

        // Two distinct points determine a line, but not a parabola.
        Assert.Null(fit.Solve());

        fit.Add(2, 9);
        var solution = fit.Solve()!;
        Assert.Equal(1, solution[0], 10);
        Assert.Equal(-2, solution[1], 10);
        Assert.Equal(3, solution[2], 10);
    }
}
