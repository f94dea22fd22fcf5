using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.Multilevel;

/// <summary>
/// The parameters of geometric Brownian motions with jumps, and the payoff of calls on them. The paths price whichever
/// of the call and the put is out of the money, unless very few of its paths would pay off. They also price the put if
/// rare paths could dominate the mean of the call. If the put is priced, <see cref="Parity"/> returns the amount by
/// which the call exceeds it.
/// </summary>
internal sealed class LognormalTerms
{
    private const double MaxJumps = 200;

    private readonly double[] _spots;
    private readonly double[] _strikes;
    private readonly double[] _signs;
    private readonly double _discount;
    private readonly double _jumpMean;
    private readonly double _jumpDeviation;
    private readonly double[] _jumpCounts;

    private LognormalTerms(Problem problem, Merton? jumps)
    {
        var model = problem.Model;
        Maturity = problem.Contract.Maturity;
        Drift = model.Rate - (jumps is null ? 0 : jumps.Intensity * jumps.MeanJump);
        (Volatility, SecondVolatility, Correlation) = model switch
        {
            TwoAssetBlackScholes m => (m.Volatility1, m.Volatility2, m.Correlation),
            DividendBlackScholes m => (m.Volatility, 0, 0.0),
            Merton m => (m.Volatility, 0, 0),
            BlackScholes m => (m.Volatility, 0, 0),
            _ => throw new ArgumentException("The model is not lognormal.", nameof(problem)),
        };
        Assets = model is TwoAssetBlackScholes ? 2 : 1;
        JumpCoordinates = jumps is null ? 0 : 2;
        _jumpMean = jumps?.JumpMean ?? 0;
        _jumpDeviation = jumps?.JumpDeviation ?? 0;
        _jumpCounts = jumps is null ? [] : Poisson(jumps.Intensity * Maturity);
        _discount = Math.Exp(-model.Rate * Maturity);
        _spots = [.. problem.Points.Spots];
        _strikes = new double[_spots.Length];
        _signs = new double[_spots.Length];
        var kept = model is DividendBlackScholes d ? 1 - d.Dividend : 1;
        var perYear = model is TwoAssetBlackScholes two ? two.RatioVariance : Volatility * Volatility;
        var perJump = (_jumpMean * _jumpMean) + (_jumpDeviation * _jumpDeviation);
        var variance = Maturity * (perYear + (jumps is null ? 0 : jumps.Intensity * perJump));
        for (var i = 0; i < _spots.Length; i++)
        {
            _spots[i] *= kept;
            _strikes[i] = problem.Contract is EuropeanCall call ? call.Strike : problem.Points.SecondSpots[i];
            var today = Assets == 2 ? _strikes[i] : _strikes[i] * _discount;
            var depth = Math.Log(_spots[i] / today) / Math.Sqrt(variance);
            _signs[i] = depth is > 0 and < 2 || (variance > 1 && Assets == 1) ? -1 : 1;
        }
    }

    public double Maturity { get; }

    /// <summary>The drift between jumps.</summary>
    public double Drift { get; }

    public double Volatility { get; }

    public double SecondVolatility { get; }

    public double Correlation { get; }

    public int Assets { get; }

    public int JumpCoordinates { get; }

    public int Points => _spots.Length;

    /// <summary>
    /// The smallest number of steps with which each step changes the price by only a fraction. It is a power of two.
    /// </summary>
    public int MinSteps
    {
        get
        {
            var volatility = Math.Max(Volatility, SecondVolatility);
            var needed = Maturity * Math.Max(4 * volatility * volatility, 4 * Math.Abs(Drift));
            var steps = 1;
            while (steps < needed && steps < 1 << 20)
                steps *= 2;

            return steps;
        }
    }

    public static (LognormalTerms? Terms, string? Reason) Of(Problem problem)
    {
        var jumps = problem.Model as Merton;
        return jumps is { } m && m.Intensity * problem.Contract.Maturity > MaxJumps
            ? (null, $"More than {MaxJumps} jumps are expected until maturity. Reduce lambda or T.")
            : (new LognormalTerms(problem, jumps), null);
    }

    public double Parity(int point) =>
        _signs[point] > 0 ? 0 : _spots[point] - (_strikes[point] * (Assets == 2 ? 1 : _discount));

    public double Payoff(int point, double factor, double secondFactor) =>
        _discount * Math.Max(0, _signs[point] * ((_spots[point] * factor) - (_strikes[point] * secondFactor)));

    /// <summary>
    /// Computes the product of all jumps of each path from its two coordinates, and stores it in place of the first
    /// coordinate.
    /// </summary>
    public void ToJumpFactors(Span<double> coordinates, int length)
    {
        NormalQuantile.Apply(coordinates.Slice(length, length));
        for (var i = 0; i < length; i++)
        {
            var n = 0;
            while (n < _jumpCounts.Length - 1 && coordinates[i] > _jumpCounts[n])
                n++;

            coordinates[i] = Math.Exp((n * _jumpMean) + (Math.Sqrt(n) * _jumpDeviation * coordinates[length + i]));
        }
    }

    private static double[] Poisson(double mean)
    {
        var cumulative = new double[(int)(mean + (8 * Math.Sqrt(mean)) + 20)];
        var term = Math.Exp(-mean);
        double sum = 0;
        for (var n = 0; n < cumulative.Length; n++)
        {
            sum += term;
            cumulative[n] = sum;
            term *= mean / (n + 1);
        }

        return cumulative;
    }
}
