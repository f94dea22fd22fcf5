using System.ComponentModel;
using System.Text.Json.Serialization;

namespace Headrace.Apps.Benchop.Problems;

/// <summary>
/// The settings of a problem as a typed object, for callers that do not want to build a settings string. It has a
/// member for each setting of any problem; <see cref="ProblemCatalogue"/> rejects those that the problem does not have,
/// and checks the ranges.
/// </summary>
internal sealed record ProblemSettings
{
    [JsonPropertyName("S"), JsonConverter(typeof(PointsConverter))]
    [Description("The spots of the evaluation points; not for problem 6: a number or a list of numbers.")]
    public IReadOnlyList<double>? Spots { get; init; }

    [JsonPropertyName("S1"), JsonConverter(typeof(PointsConverter))]
    [Description("Problem 6: the first spot of each point: a number or a list of numbers.")]
    public IReadOnlyList<double>? FirstSpots { get; init; }

    [JsonPropertyName("S2"), JsonConverter(typeof(PointsConverter))]
    [Description("Problem 6: the second spot of each point: a number or a list of numbers.")]
    public IReadOnlyList<double>? SecondSpots { get; init; }

    [JsonPropertyName("K"), Description("The strike; not for problem 6.")]
    public double? Strike { get; init; }

    [JsonPropertyName("T"), Description("The time to maturity in years.")]
    public double? Maturity { get; init; }

    [JsonPropertyName("r"), Description("The rate per year as a fraction.")]
    public double? Rate { get; init; }

    [JsonPropertyName("sigma"), Description("The volatility; for Heston, the volatility of the variance.")]
    public double? Volatility { get; init; }

    [JsonPropertyName("B"), Description("Problem 1c: the barrier.")]
    public double? Barrier { get; init; }

    [JsonPropertyName("D"), Description("Problems 2a and 2b: the dividend as a fraction of the spot.")]
    public double? Dividend { get; init; }

    [JsonPropertyName("alpha"), Description("Problems 2a and 2b: the dividend date as a fraction of the maturity.")]
    public double? DividendDate { get; init; }

    [JsonPropertyName("level"), Description("Problem 3-I: the spot that scales the volatility surface.")]
    public double? Level { get; init; }

    [JsonPropertyName("V0"), Description("Heston: today's variance per year.")]
    public double? InitialVariance { get; init; }

    [JsonPropertyName("kappa"), Description("Heston: the speed of mean reversion per year.")]
    public double? Reversion { get; init; }

    [JsonPropertyName("theta"), Description("Heston: the long-run variance per year.")]
    public double? LongVariance { get; init; }

    [JsonPropertyName("rho"), Description("Heston and problem 6: the correlation.")]
    public double? Correlation { get; init; }

    [JsonPropertyName("lambda"), Description("Problem 5: the expected number of jumps per year.")]
    public double? Intensity { get; init; }

    [JsonPropertyName("gamma"), Description("Problem 5: the mean of a log-jump.")]
    public double? JumpMean { get; init; }

    [JsonPropertyName("delta"), Description("Problem 5: the standard deviation of a log-jump.")]
    public double? JumpDeviation { get; init; }

    [JsonPropertyName("sigma1"), Description("Problem 6: the volatility of the first asset.")]
    public double? FirstVolatility { get; init; }

    [JsonPropertyName("sigma2"), Description("Problem 6: the volatility of the second asset.")]
    public double? SecondVolatility { get; init; }

    /// <summary>The settings that have a value, with the names that the text form uses.</summary>
    public IEnumerable<(string Name, double[] Values)> Given()
    {
        (string Name, IReadOnlyList<double>? Values)[] points = [("S", Spots), ("S1", FirstSpots), ("S2", SecondSpots)];
        (string Name, double? Value)[] numbers =
        [
            ("K", Strike),
            ("T", Maturity),
            ("r", Rate),
            ("sigma", Volatility),
            ("B", Barrier),
            ("D", Dividend),
            ("alpha", DividendDate),
            ("level", Level),
            ("V0", InitialVariance),
            ("kappa", Reversion),
            ("theta", LongVariance),
            ("rho", Correlation),
            ("lambda", Intensity),
            ("gamma", JumpMean),
            ("delta", JumpDeviation),
            ("sigma1", FirstVolatility),
            ("sigma2", SecondVolatility),
        ];
        return points
            .Where(p => p.Values is not null)
            .Select(p => (p.Name, p.Values!.ToArray()))
            .Concat(numbers.Where(n => n.Value is not null).Select(n => (n.Name, (double[])[n.Value!.Value])));
    }
}
