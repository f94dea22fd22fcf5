using Headrace.Apps.Benchop.Measuring;
using Xunit;

namespace Headrace.Benchop.Tests.Measuring;

public sealed class StudentTTests
{
    // One and two degrees of freedom have closed forms: tan(0.475 pi) and 0.95 sqrt(2 / (1 - 0.95^2)). The others are
    // from published tables (NIST Engineering Statistics Handbook, 1.3.6.7.2).
    [Theory]
    [InlineData(1, 12.706204736174698, 1e-13)]
    [InlineData(2, 4.302652729749464, 1e-13)]
    [InlineData(3, 3.182, 2e-4)]
    [InlineData(4, 2.776, 2e-4)]
    [InlineData(5, 2.571, 2e-4)]
    [InlineData(10, 2.228, 2e-4)]
    [InlineData(11, 2.201, 2e-4)]
    [InlineData(30, 2.042, 2e-4)]
    [InlineData(100, 1.984, 2e-4)]
    public void The_quantile_is_the_published_one(int degrees, double expected, double tolerance) =>
        Assert.InRange(StudentT.Quantile975(degrees) / expected, 1 - tolerance, 1 + tolerance);

    [Fact]
    public void The_quantile_falls_towards_that_of_the_normal_distribution()
    {
        var quantiles = Enumerable.Range(1, 2000).Select(StudentT.Quantile975).ToList();

        Assert.Equal(quantiles.OrderDescending(), quantiles);
        // Cornish and Fisher (1937): z + (z^3 + z)/(4 n) + O(n^-2).
        Assert.InRange(quantiles[^1] - 1.959963984540054, 0.0011864, 0.0011872);
    }

    [Fact]
    public void No_degree_of_freedom_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => StudentT.Quantile975(0));
}
