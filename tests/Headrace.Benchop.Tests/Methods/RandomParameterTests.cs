using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Problems;
using Headrace.Apps.Benchop.Reference;
using Xunit;

namespace Headrace.Benchop.Tests.Methods;

/// <summary>
/// Compares each method, using its default work parameter, with the reference for random parameter values. A method
/// that cannot price a problem returns a reason and no values.
/// </summary>
public sealed class RandomParameterTests
{
    private const int Seeds = 30;

    private const double Target = 1e-4;

    /// <summary>
    /// Errors are relative to the price plus a thousandth of the spot, because far out of the money an error relative
    /// to the price alone measures only rounding.
    /// </summary>
    private const double Floor = 1e-3;

    public static TheoryData<string, string> Cases =>
        new()
        {
            { "1a", "closed cos fft fgl" },
            { "1a-delta", "closed cos fft fgl" },
            { "1a-gamma", "closed cos fft fgl" },
            { "1a-vega", "closed cos fft fgl" },
            { "1c", "closed cos" },
            { "2a", "closed cos fft fgl" },
            { "2b", "quadrature cos fgl" },
            { "4", "quadrature cos fft fgl" },
            { "5", "series cos fft fgl" },
            { "6", "closed cos fft fgl" },
        };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Default_work_meets_the_target_or_refuses(string id, string methods)
    {
        var refusals = 0;
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var draw = new Draw(seed);
            var problem = id switch
            {
                "4" => draw.Heston(),
                "5" => draw.Merton(),
                "6" => draw.Spread(),
                _ => draw.BlackScholes(id),
            };
            foreach (var name in methods.Split(' '))
                refusals += Check(MethodCatalogue.Find(name)!, problem, seed);
        }

        Assert.True(refusals <= Seeds / 8, $"{refusals} refusals in {Seeds} seeds");
    }

    [Trait("Speed", "Slow")]
    [Fact]
    public void American_puts_and_local_volatility_meet_the_target_at_default_work()
    {
        for (var seed = 1; seed <= 4; seed++)
        {
            var draw = new Draw(seed);
            var put = draw.BlackScholes("1b");
            var call = draw.SmoothLocalVolatility();

            // Near the exercise boundary, the extrapolation of Bermudan prices is only of first order, so two runs that
            // agree to 1e-4 may both have a slightly larger error.
            Check(MethodCatalogue.Find("cos")!, put, seed, 2 * Target);
            Check(MethodCatalogue.Find("fgl")!, put, seed);
            Check(MethodCatalogue.Find("cos")!, call, seed);
            Check(MethodCatalogue.Find("closed")!, draw.ImpliedLocalVolatility(), seed);
        }
    }

    private static int Check(IPricingMethod method, Problem problem, int seed, double target = Target)
    {
        var answer = PricingRun.Price(method, problem);
        if (answer.Refusal is not null)
        {
            Assert.Empty(answer.Values);
            return 1;
        }

        var reference = ReferencePrices.Of(problem);
        var scale = problem.Quantity switch
        {
            Quantity.Delta => 1,
            Quantity.Gamma => 0.01,
            _ => 100,
        };
        for (var i = 0; i < reference.Values.Count; i++)
        {
            var error = Math.Abs(answer.Values[i] - reference.Values[i]) / (reference.Values[i] + (Floor * scale));
            Assert.True(
                error <= target,
                $"seed {seed}: {method.Card.Name}: error {error:E2} at point {i + 1} ({answer.Values[i]:R} against "
                    + $"{reference.Values[i]:R}), work {answer.Work}, {problem.Key}"
            );
        }

        return 0;
    }
}
