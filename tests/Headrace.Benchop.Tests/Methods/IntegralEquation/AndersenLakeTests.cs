using System.Globalization;
using Xunit;

namespace Headrace.Benchop.Tests.Methods.IntegralEquation;

public sealed class AndersenLakeTests
{
    [Fact]
    public void Error_falls_with_the_sixth_power_of_the_nodes_down_to_twelve_digits()
    {
        var order = MethodProbe.Order("alo", "1b-I", 6, 20);

        Assert.True(order > 5.3, $"order {order:F2}");
        Assert.InRange(MethodProbe.Error("alo", "1b-I", 64), 0, 2e-12);
    }

    [Trait("Speed", "Slow")]
    [Fact]
    public void Random_puts_meet_the_target()
    {
        for (var seed = 1; seed <= 12; seed++)
            Assert.True(
                MethodProbe.Meets("alo", new Draw(seed).BlackScholes("1b"), 1e-4, 1, $"seed {seed}"),
                $"the problem of seed {seed} was refused"
            );
    }

    [Fact]
    public void Over_all_magnitudes_few_nodes_agree_with_many_or_are_refused_and_many_are_never_refused()
    {
        var random = new Random(5);
        var refused = 0;
        for (var draw = 0; draw < 400; draw++)
        {
            var maturity = Magnitude(0.003, 100);
            var rate = Magnitude(1e-4, 1);
            var sigma = Magnitude(0.005, 3);
            var deviation = Math.Min(3, sigma * Math.Sqrt(maturity));
            var spots = string.Join(
                ':',
                Enumerable.Range(0, 3).Select(_ => Text(100 * Math.Exp(deviation * ((4 * random.NextDouble()) - 2))))
            );
            var numbers = $"S={spots},T={Text(maturity)},r={Text(rate)},sigma={Text(sigma)}";
            var many = MethodProbe.Prices("alo", "1b", numbers, 40);
            var few = MethodProbe.Answer("alo", "1b", numbers);
            if (few.Refusal is not null)
            {
                refused++;
                continue;
            }

            for (var i = 0; i < 3; i++)
            {
                Assert.True(
                    Math.Abs(few.Values[i] - many[i]) < 5e-3 * (many[i] + (0.01 * deviation)),
                    $"draw {draw} of seed 5: {few.Values[i]:R} against {many[i]:R}, {numbers}"
                );
                Assert.InRange(many[i], 0, 100);
            }
        }

        Assert.InRange(refused, 0, 20);

        double Magnitude(double low, double high) => low * Math.Pow(high / low, random.NextDouble());
        static string Text(double x) => x.ToString("R", CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData("S=80:100:120,T=5,r=0.05,sigma=0.3")]
    [InlineData("S=95:100:110,T=0.5,r=0.1,sigma=0.08")]
    [InlineData("S=60:100:160,T=20,r=0.02,sigma=0.25")]
    public void A_grid_that_shares_nothing_with_it_agrees(string numbers)
    {
        var grid = MethodProbe.Prices("fdnu", "1b", numbers, 1600);

        var prices = MethodProbe.Prices("alo", "1b", numbers, 20);

        for (var i = 0; i < 3; i++)
            Assert.Equal(grid[i], prices[i], 1e-4 * grid[i]);
    }

    [Theory]
    [InlineData("r=0")]
    [InlineData("r=-0.05")]
    public void Without_interest_the_put_is_European(string rate)
    {
        var r = double.Parse(rate[2..], CultureInfo.InvariantCulture);
        var calls = MethodProbe.Prices("closed", "1a", rate);

        var puts = MethodProbe.Prices("alo", "1b", rate);

        for (var i = 0; i < 3; i++)
            Assert.Equal(calls[i] - (90 + (10 * i)) + (100 * Math.Exp(-r)), puts[i], 1e-11);
    }

    [Fact]
    public void Below_the_boundary_it_is_exactly_the_exercise_value_at_any_number_of_spots()
    {
        var prices = MethodProbe.Prices("alo", "1b", "S=10:20:30:40:50:60:70:80:83:83.7:84:90:100");

        Assert.Equal(new[] { 90, 80, 70, 60, 50, 40, 30, 20, 17 }.Select(p => (double)p), prices[..9]);
        Assert.Equal(prices.OrderDescending(), prices);
        Assert.Equal(MethodProbe.Prices("alo", "1b", "S=90:100"), prices[^2..], (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal([3, 2, 1], MethodProbe.Prices("alo", "1b-II"));
    }

    [Fact]
    public void A_boundary_that_too_few_nodes_cannot_follow_is_refused()
    {
        Assert.Contains(
            "Increase the work parameter",
            MethodProbe.Answer("alo", "1b-II", "", 3).Refusal,
            StringComparison.Ordinal
        );
    }
}
