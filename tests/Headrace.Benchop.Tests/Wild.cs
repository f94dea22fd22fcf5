using System.Globalization;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Benchop.Tests;

/// <summary>
/// Draws settings from almost the whole allowed range, including extreme values. Such settings are not realistic, but a
/// typing mistake can produce them.
/// </summary>
internal sealed class Wild(int seed)
{
    private readonly Random _random = new(seed);

    public string Settings(string id) =>
        id[..1] switch
        {
            "1" or "2" => BlackScholes(id),
            "3" when id == "3-II" => $"S={Spots()},T={Scale(0.02, 1.32)},r={Number(-0.1, 0.3)}",
            "3" =>
                $"S={Spots()},T={Scale(0.05, 20)},r={Number(-0.1, 0.2)},sigma={Scale(0.03, 1)},level={Scale(30, 300)}",
            "4" => $"S={Spots()},T={Scale(0.02, 30)},r={Number(-0.1, 0.2)},"
                + $"V0={Scale(5e-4, 1)},kappa={Scale(0.05, 10)},theta={Scale(5e-4, 1)},"
                + $"sigma={Scale(0.01, 3)},rho={Correlation()}",
            "5" => $"S={Spots()},T={Scale(0.02, 30)},r={Number(-0.1, 0.2)},"
                + $"sigma={Scale(0.01, 1)},lambda={Scale(0.01, 20)},gamma={Number(-2, 1)},delta={Number(0, 1.5)}",
            _ => $"S1={Number(60, 140)}:{Number(60, 140)}:{Number(60, 140)},S2=100,"
                + $"T={Scale(0.02, 30)},r={Number(-0.1, 0.2)},"
                + $"sigma1={Scale(0.01, 1.5)},sigma2={Scale(0.01, 1.5)},rho={Correlation()}",
        };

    public Problem Problem(string id)
    {
        var settings = Settings(id);
        var answer = ProblemCatalogue.Resolve(id, settings);
        return answer.Problem
            ?? throw new InvalidOperationException($"seed {seed}: {settings}: {string.Join(" ", answer.Faults)}");
    }

    private string BlackScholes(string id)
    {
        var (sigma, maturity) = (Log(0.004, 2), Log(0.01, 60));
        var rate = _random.Next(8) == 0 ? Between(-1, 1) : Between(-0.1, 0.3);
        rate = id == "2b" ? Math.Abs(rate) : rate;
        var reach = 3 * sigma * Math.Sqrt(maturity);
        double[] spots =
        [
            .. Enumerable
                .Range(0, 3)
                .Select(_ =>
                    Math.Clamp(100 * Math.Exp(Between(-reach, reach) - (rate * maturity * Between(0, 1))), 1e-3, 1e6)
                ),
        ];
        var more = id[..2] switch
        {
            "1c" => $",B={Text(Math.Max(spots.Max(), 100) * Math.Exp(Log(0.01, 2)))}",
            "2a" or "2b" => $",D={Number(0, 0.5)},alpha={Number(0.01, 0.99)}",
            _ => "",
        };
        return $"S={string.Join(':', spots.Select(Text))},sigma={Text(sigma)},T={Text(maturity)},r={Text(rate)}{more}";
    }

    private string Spots() => $"{Number(50, 100)}:{Number(80, 120)}:{Number(100, 200)}";

    /// <summary>
    /// Occasionally returns a correlation close to 1, at which both assets, or price and variance, move almost
    /// together.
    /// </summary>
    private string Correlation() => _random.Next(6) == 0 ? Number(0.99, 1) : Number(-1, 1);

    private double Between(double low, double high) => low + ((high - low) * _random.NextDouble());

    private double Log(double low, double high) => Math.Exp(Between(Math.Log(low), Math.Log(high)));

    private string Number(double low, double high) => Text(Between(low, high));

    private string Scale(double low, double high) => Text(Log(low, high));

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
