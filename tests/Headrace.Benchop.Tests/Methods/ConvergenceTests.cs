using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Problems;
using Headrace.Benchop.Tests.Published;
using Xunit;

namespace Headrace.Benchop.Tests.Methods;

/// <summary>Tests that the error decreases as the work parameter increases, at the rate stated in the plan.</summary>
public sealed class ConvergenceTests
{
    [Theory]
    [InlineData("fft", "1a-I", 64, 128, 256, 512)]
    [InlineData("fft", "1a-II", 128, 256, 512)]
    [InlineData("fft", "4", 128, 256, 512)]
    [InlineData("fft", "5", 256, 512, 1024)]
    [InlineData("cos", "3-I", 4, 8, 16)]
    [InlineData("cos", "1b-I", 2, 4, 8, 16)]
    public void Algebraic_order_is_kept(string name, string id, params int[] works)
    {
        var method = MethodCatalogue.Find(name)!;
        var order = method.Plan(ProblemCatalogue.Default(id)).Convergence.Order;
        double[] errors = [.. works.Select(w => Error(method, id, w))];

        var observed = Math.Log2(errors[0] / errors[^1]) / Math.Log2((double)works[^1] / works[0]);

        Assert.True(double.IsFinite(order));
        Assert.True(
            observed > order - 0.7,
            $"{name} on {id}: order {observed:F2} instead of {order}; "
                + $"errors {string.Join(' ', errors.Select(e => e.ToString("E1")))}"
        );
    }

    [Theory]
    [InlineData("cos", "1a-I", 12, 18, 24)]
    [InlineData("cos", "1a-II", 12, 18, 24)]
    [InlineData("cos", "1c-I", 16, 24, 32)]
    [InlineData("cos", "4", 24, 48, 72)]
    [InlineData("cos", "5", 40, 70, 100)]
    [InlineData("cos", "6", 12, 18, 24)]
    [InlineData("cos", "2b", 48, 64, 80)]
    [InlineData("fgl", "1a-I", 6, 10, 14)]
    [InlineData("fgl", "1a-gamma-II", 16, 20, 28)]
    [InlineData("fgl", "2b", 16, 20, 24)]
    [InlineData("fgl", "4", 8, 12, 16)]
    [InlineData("fgl", "5", 8, 14, 20)]
    [InlineData("quadrature", "4", 8, 20, 32)]
    [InlineData("quadrature", "2b", 8, 16, 24)]
    [InlineData("series", "5", 3, 5, 7)]
    public void Exponential_convergence_gains_digits_with_every_step(
        string name,
        string id,
        int few,
        int some,
        int more
    )
    {
        var method = MethodCatalogue.Find(name)!;
        Assert.Equal(double.PositiveInfinity, method.Plan(ProblemCatalogue.Default(id)).Convergence.Order);
        double[] errors = [Error(method, id, few), Error(method, id, some), Error(method, id, more)];

        Assert.True(
            errors[1] < 0.12 * errors[0] && errors[2] < 0.12 * errors[1],
            $"{name} on {id}: {string.Join(' ', errors.Select(e => e.ToString("E1")))}"
        );
    }

    private static double Error(IPricingMethod method, string id, int work)
    {
        var values = new double[ProblemCatalogue.Default(id).Points.Count];
        Assert.Null(method.Price(ProblemCatalogue.Default(id), work, values));
        var published = PublishedValues.Of(id);
        return values.Select((v, i) => Math.Abs((v / published[i]) - 1)).Max();
    }
}
