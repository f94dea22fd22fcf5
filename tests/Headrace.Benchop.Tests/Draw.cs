using System.Globalization;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Benchop.Tests;

/// <summary>Draws random problems from a seed. Every failure message states the seed.</summary>
internal sealed class Draw(int seed)
{
    private readonly Random _random = new(seed);

    public int Seed => seed;

    public double Between(double low, double high) => low + ((high - low) * _random.NextDouble());

    /// <summary>
    /// Returns a problem whose spots lie within two standard deviations of the at-the-money forward, so that prices are
    /// large enough for relative errors to be meaningful.
    /// </summary>
    public Problem BlackScholes(string id)
    {
        var sigma = Between(0.05, 0.6);
        var maturity = Between(0.1, 3);
        var rate = Between(id.StartsWith("2b", StringComparison.Ordinal) ? 0 : -0.05, 0.12);
        var reach = 1.5 * sigma * Math.Sqrt(maturity);
        var spots = string.Join(
            ':',
            Enumerable.Range(0, 5).Select(i => Text(100 * Math.Exp(Between(-reach, reach) - (rate * maturity))))
        );
        var more = id[..2] switch
        {
            "1c" => $",B={Text(100 * Math.Exp(Between(0.02, 2) + reach + Math.Abs(rate * maturity)))}",
            "2a" or "2b" => $",D={Text(Between(0, 0.2))},alpha={Text(Between(0.05, 0.95))}",
            _ => "",
        };
        return Resolve(id, $"S={spots},sigma={Text(sigma)},T={Text(maturity)},r={Text(rate)}{more}");
    }

    public Problem Heston() =>
        Resolve(
            "4",
            $"S=80:95:100:105:125,T={Text(Between(0.2, 5))},r={Text(Between(-0.02, 0.08))},"
                + $"V0={Text(Between(0.01, 0.2))},kappa={Text(Between(0.3, 4))},theta={Text(Between(0.01, 0.2))},"
                + $"sigma={Text(Between(0.05, 0.9))},rho={Text(Between(-0.9, 0.5))}"
        );

    public Problem Merton() =>
        Resolve(
            "5",
            $"S=80:95:100:105:125,T={Text(Between(0.2, 4))},r={Text(Between(-0.02, 0.08))},"
                + $"sigma={Text(Between(0.05, 0.4))},lambda={Text(Between(0, 3))},"
                + $"gamma={Text(Between(-0.6, 0.3))},delta={Text(Between(0, 0.5))}"
        );

    public Problem Spread() =>
        Resolve(
            "6",
            $"S1=90:100:110,S2=100,T={Text(Between(0.1, 3))},r={Text(Between(-0.02, 0.08))},"
                + $"sigma1={Text(Between(0.05, 0.5))},sigma2={Text(Between(0.05, 0.5))},rho={Text(Between(-0.9, 0.9))}"
        );

    public Problem SmoothLocalVolatility() =>
        Resolve(
            "3-I",
            $"S=85:100:120,T={Text(Between(0.3, 2))},r={Text(Between(-0.02, 0.08))},"
                + $"sigma={Text(Between(0.1, 0.3))},level={Text(Between(80, 130))}"
        );

    public Problem ImpliedLocalVolatility() =>
        Resolve("3-II", $"S=85:100:120,T={Text(Between(0.2, 1.2))},r={Text(Between(-0.02, 0.08))}");

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private Problem Resolve(string id, string settings)
    {
        var answer = ProblemCatalogue.Resolve(id, settings);
        return answer.Problem ?? throw new InvalidOperationException($"seed {seed}: {string.Join(" ", answer.Faults)}");
    }
}
