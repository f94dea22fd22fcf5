using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;
using Headrace.Apps.Benchop.Reference;
using Headrace.Benchop.Tests.Published;
using Xunit;

namespace Headrace.Benchop.Tests.Reference;

public sealed class ReferencePricesTests
{
    public static TheoryData<string> Ids => [.. ProblemCatalogue.All.Select(d => d.Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public void The_reference_agrees_with_the_published_value_to_the_digits_it_claims(string id)
    {
        var answer = ReferencePrices.Of(ProblemCatalogue.Default(id));

        Assert.Null(answer.Refusal);
        PublishedValue[] published = [.. PublishedValues.All.Where(v => v.ProblemId == id)];
        for (var i = 0; i < published.Length; i++)
        {
            // A value with d correct digits must agree to d digits. At most 13 digits are compared, because the problem
            // amplifies the rounding of its inputs.
            var allowed = Math.Pow(10, -Math.Min(Math.Min(published[i].Digits, answer.Digits), 13)) * 1.5;
            Assert.True(
                Math.Abs((answer.Values[i] / published[i].Value) - 1) <= allowed,
                $"{id} at {published[i].Spots[0]}: {answer.Values[i]:R} against {published[i].Value:R}, "
                    + $"{answer.Digits} digits claimed"
            );
        }
    }

    // Rounding once added a cell to some of the grids here, so their steps were not halved exactly.
    [Fact]
    public void Both_ways_agree_to_ten_digits_on_a_local_volatility_surface_with_another_strike_and_rate()
    {
        var problem = ProblemCatalogue.Resolve("3-I", "K=110,T=0.5,r=0.05,S=90:100:120").Problem!;

        Assert.InRange(ReferencePrices.Of(problem).Digits, 10, 16);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Two_ways_agree_to_ten_digits(string id)
    {
        var answer = ReferencePrices.Of(ProblemCatalogue.Default(id));

        Assert.True(
            answer.Digits >= 10,
            $"{id}: {answer.Digits} digits between '{answer.FirstWay}' and '{answer.SecondWay}'"
        );
    }

    [Fact]
    public void Two_ways_agree_for_numbers_drawn_at_random()
    {
        for (var seed = 1; seed <= 15; seed++)
        {
            var draw = new Draw(seed);
            Problem[] problems =
            [
                draw.BlackScholes("1a"),
                draw.BlackScholes("1a-delta"),
                draw.BlackScholes("1a-gamma"),
                draw.BlackScholes("1a-vega"),
                draw.BlackScholes("1c"),
                draw.BlackScholes("2a"),
                draw.BlackScholes("2b"),
                draw.Heston(),
                draw.Merton(),
                draw.Spread(),
            ];
            foreach (var problem in problems)
            {
                var answer = ReferencePrices.Of(problem);
                Assert.True(
                    answer.Refusal is null && answer.Digits >= 9,
                    $"seed {seed}, {problem.Id}: {answer.Digits} digits, {answer.Refusal} {problem.Key}"
                );
            }
        }
    }

    [Fact]
    public void American_puts_and_local_volatility_agree_for_numbers_drawn_at_random()
    {
        for (var seed = 1; seed <= 2; seed++)
        {
            var draw = new Draw(seed);
            foreach (var (problem, digits) in new[] { (draw.BlackScholes("1b"), 8), (draw.SmoothLocalVolatility(), 7) })
            {
                var answer = ReferencePrices.Of(problem);
                Assert.True(
                    answer.Refusal is null && answer.Digits >= digits,
                    $"seed {seed}, {problem.Id}: {answer.Digits} digits, {answer.Refusal} {problem.Key}"
                );
            }
        }
    }

    [Theory]
    [InlineData("1b-I", 1.0)]
    [InlineData("1b-I", 0.25)]
    public void The_American_put_agrees_with_a_binomial_tree_that_knows_nothing_of_its_boundary(
        string id,
        double maturity
    )
    {
        var problem = ProblemCatalogue.Resolve(id, FormattableString.Invariant($"T={maturity}")).Problem!;

        var answer = ReferencePrices.Of(problem);

        for (var i = 0; i < problem.Points.Count; i++)
        {
            var spot = problem.Points.Spots[i];
            var strike = 100 * Math.Exp(-0.03 * maturity);
            var european = Black.Call(spot, strike, 0.15 * Math.Sqrt(maturity)) - spot + strike;
            var tree = european + AmericanTree.ExercisePremium(spot, 100, 0.03, 0.15, maturity, 3000);
            Assert.Equal(answer.Values[i], tree, 5e-5 * answer.Values[i]);
        }
    }

    [Fact]
    public void A_reference_is_computed_once_and_kept()
    {
        var problem = ProblemCatalogue.Resolve("4", "T=0.77").Problem!;

        var first = ReferencePrices.Of(problem);
        var again = ReferencePrices.Of(ProblemCatalogue.Resolve("4", "T=0.77").Problem!);

        Assert.Same(first, again);
    }

    [Fact]
    public void The_published_American_put_of_2015_is_off_in_its_sixth_digit()
    {
        double[] values = [.. ReferencePrices.Of(ProblemCatalogue.Default("1b-I")).Values];

        Assert.Equal(5.1e-6, (values[0] / 10.726486710094511) - 1, 0.05e-6);
        Assert.Equal(9.6e-6, (values[2] / 1.828207584020458) - 1, 0.05e-6);
    }
}
