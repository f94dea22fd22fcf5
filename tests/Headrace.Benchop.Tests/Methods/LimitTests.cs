using System.Globalization;
using Headrace.Apps.Benchop;
using Headrace.Apps.Benchop.Commands;
using Headrace.Apps.Benchop.Measuring;
using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;
using Headrace.Apps.Benchop.Reference;
using Xunit;

namespace Headrace.Benchop.Tests.Methods;

/// <summary>Parameters at which a formula divides zero by zero, even though the price has a limit.</summary>
public sealed class LimitTests
{
    private const double Volatility = 0.15;

    public static TheoryData<string> HestonMethods =>
        [
            .. MethodCatalogue
                .All.Where(method => method.WhyNot(ProblemCatalogue.Default("4")) is null)
                .Select(method => method.Card.Name),
        ];

    [Theory]
    [InlineData(1e-300)]
    [InlineData(1e-160)]
    [InlineData(1e-12)]
    [InlineData(1e-8)]
    [InlineData(1e-7)]
    [InlineData(1e-6)]
    public void The_reference_of_Heston_tends_to_Black_Scholes_as_the_volatility_of_variance_vanishes(double sigma)
    {
        var reference = ReferencePrices.Of(Heston(sigma));

        Assert.Null(reference.Refusal);
        Assert.True(reference.Digits >= 12, $"sigma={sigma}: {reference.Digits} digits");
        for (var i = 0; i < 3; i++)
            Assert.Equal(BlackScholes(i), reference.Values[i], 1e-11 + (10 * sigma));
    }

    [Theory]
    [MemberData(nameof(HestonMethods))]
    public void A_method_prices_Heston_with_vanishing_volatility_of_variance_or_refuses_it(string name)
    {
        var method = MethodCatalogue.Find(name)!;
        foreach (var sigma in (double[])[1e-12, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3])
        {
            var problem = Heston(sigma);
            var cell = new CellRun(TimeProvider.System, new MeasureOptions { Time = false }).Run(
                method,
                problem,
                TestContext.Current.CancellationToken
            );

            if (cell.Values.Count > 0)
                Assert.True(cell.Error < 1e-3, $"{name}, sigma={sigma}: error {cell.Error}");
            else
                Assert.True(cell.Reason?.Length > 20, $"{name}, sigma={sigma}: {cell.Reason}");
        }
    }

    [Theory]
    [InlineData("cos")]
    [InlineData("fft")]
    [InlineData("fgl")]
    [InlineData("quadrature")]
    public void A_method_with_the_characteristic_function_prices_it(string name)
    {
        foreach (var sigma in (double[])[1e-300, 1e-12, 1e-8, 1e-7, 1e-6])
        {
            var answer = PricingRun.Price(MethodCatalogue.Find(name)!, Heston(sigma), null);

            Assert.Null(answer.Refusal);
            for (var i = 0; i < 3; i++)
                Assert.Equal(BlackScholes(i), answer.Values[i], 1e-4);
        }
    }

    [Theory]
    [InlineData(1.0, 0.15)]
    [InlineData(-1.0, 0.15)]
    [InlineData(1.0, 0.2)]
    [InlineData(-1.0, 0.3)]
    [InlineData(0.99999999, 0.2)]
    [InlineData(-0.9999, 0.15)]
    [InlineData(0.5, 0.15)]
    public void Both_references_of_the_exchange_option_agree_at_every_correlation(double rho, double sigma2)
    {
        var settings = FormattableString.Invariant($"S1=100:90:110,S2=101:101:101,rho={rho},sigma2={sigma2}");
        var reference = ReferencePrices.Of(ProblemCatalogue.Resolve("6", settings).Problem!);

        Assert.Null(reference.Refusal);
        Assert.True(reference.Digits >= 11, $"rho={rho}: {reference.Digits} digits");
    }

    [Fact]
    public void The_logarithm_of_a_number_near_1_keeps_its_digits()
    {
        foreach (var (a, s) in ((double, double)[])[(1, 0), (0.3, 1e-20), (-0.7, 1e-9), (1.5, 0.05), (2, 0.3)])
        {
            var lanes = ComplexLanes.LogOnePlusOver(
                ComplexLanes.One * System.Runtime.Intrinsics.Vector256.Create(a),
                s
            );

            // log(1 + x)/x = 1 - x/2 + x^2/3 - ... for small x.
            var x = a * s;
            var expected = Math.Abs(x) < 1e-8 ? a * (1 - (x / 2)) : Math.Log(1 + x) / s;
            Assert.Equal(1, lanes.Re[0] / expected, 1e-14);
            Assert.Equal(0, lanes.Im[3]);
        }
    }

    [Theory]
    [InlineData(2.5013285838569537e39, 2, "2.5e39")]
    [InlineData(double.PositiveInfinity, 0, "infinitely many")]
    [InlineData(double.NaN, 0, "an unknown number of")]
    [InlineData(123.456, 1, "123.5")]
    [InlineData(999_999, 0, "999999")]
    public void A_number_in_an_explanation_stays_short(double value, int decimals, string text) =>
        Assert.Equal(text, Figure.Of(value, decimals));

    [Fact]
    [Trait("Speed", "Slow")]
    public void No_explanation_contains_a_number_of_many_digits_or_infinity()
    {
        var extreme = new[] { "T=60", "sigma=1e-9", "S=1e6", "r=1,T=60" };
        var problems =
            from id in (string[])["1a", "1b", "1c", "2a", "2b", "3-I", "4", "5"]
            from settings in extreme
            let problem = ProblemCatalogue.Resolve(id, settings).Problem
            where problem is not null
            select (Text: $"{id} with {settings}", problem);
        foreach (var (text, problem) in problems)
            foreach (var method in MethodCatalogue.All.Where(method => method.WhyNot(problem) is null))
                Short($"{method.Card.Name} on {text}", PricingRun.Price(method, problem, null).Refusal);

        static void Short(string source, string? reason)
        {
            Assert.DoesNotMatch(@"\d{10}", reason ?? "");
            Assert.False(
                reason is not null
                    && (
                        reason.Contains("Infinity", StringComparison.Ordinal)
                        || reason.Contains("NaN", StringComparison.Ordinal)
                    ),
                $"{source}: {reason}"
            );
        }
    }

    [Fact]
    public void A_cell_without_reference_values_shows_none()
    {
        var cell = new Cell("4", "cos", null, "terms", 31, [7.5], null, false, null, "no digit", 0);

        var row = Assert.Single(CellText.Points(new CellAnswer(cell, [100], [], [], [])));

        Assert.Equal(["100", "7.5", "-"], row);
        Assert.Equal("-", CellText.Error(cell));
    }

    private static Problem Heston(double sigma) =>
        ProblemCatalogue
            .Resolve(
                "4",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"S=90:100:110,K=100,T=1,r=0.03,V0=0.0225,kappa=2,theta=0.0225,sigma={sigma:R},rho=-0.5"
                )
            )
            .Problem!;

    private static double BlackScholes(int point) => Black.Call(90 + (10 * point), 100 * Math.Exp(-0.03), Volatility);
}
