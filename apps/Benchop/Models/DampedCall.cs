using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Models;

/// <summary>
/// The Fourier transform in k of e^{damping * k} c(k) and of its derivatives, where c(k) = E[(e^X - e^k)^+] is the call
/// in units of the forward as a function of k = ln(K/F). The transform is f(z)/((a + iu)(a + 1 + iu)) with z = u - i (a
/// + 1), where a is the damping (Carr, Madan 1999).
/// </summary>
internal readonly struct DampedCall
{
    private readonly LogReturn _law;
    private readonly Quantity _quantity;
    private readonly double _sigmaTime;

    private DampedCall(LogReturn law, Quantity quantity, double sigmaTime, double damping)
    {
        _law = law;
        _quantity = quantity;
        _sigmaTime = sigmaTime;
        Damping = damping;
    }

    public double Damping { get; }

    /// <param name="damping">Less than <see cref="MaxDamping"/>.</param>
    public static DampedCall Of(Problem problem, LogReturn law, double damping)
    {
        var sigmaTime = problem.Model is BlackScholes m ? m.Volatility * problem.Contract.Maturity : 0;
        return new(law, problem.Quantity, sigmaTime, damping);
    }

    /// <summary>
    /// The largest damping for which the required moment certainly exists, reduced by a margin because the transform
    /// varies rapidly near an exploding moment.
    /// </summary>
    public static double MaxDamping(LogReturn law) => 0.6 * (law.SafeMoment - 1);

    /// <summary>Returns the largest |ln(strike/asset)| over all evaluation points.</summary>
    public static double Farthest(Problem problem)
    {
        double farthest = 0;
        for (var i = 0; i < problem.Points.Count; i++)
        {
            var (asset, strike) = Terms(problem, i);
            farthest = Math.Max(farthest, Math.Abs(Math.Log(strike / asset)));
        }

        return farthest;
    }

    /// <summary>
    /// Returns the asset and the discounted strike of the call whose forward-normalised value c(k) is computed by
    /// inversion, with k = ln(strike/asset).
    /// </summary>
    public static (double Asset, double Strike) Terms(Problem problem, int point)
    {
        var spot = problem.Points.Spots[point];
        return (problem.Contract, problem.Model) switch
        {
            (SpreadCall, _) => (spot, problem.Points.SecondSpots[point]),
            (EuropeanCall c, DividendBlackScholes d) => (
                spot * (1 - d.Dividend),
                c.Strike * Math.Exp(-d.Rate * c.Maturity)
            ),
            (EuropeanCall c, _) => (spot, c.Strike * Math.Exp(-problem.Model.Rate * c.Maturity)),
            _ => throw new ArgumentException($"{problem.Contract} has no Carr-Madan transform.", nameof(problem)),
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ComplexLanes At(Vector256<double> u)
    {
        var f = _law.Characteristic(u, Damping + 1);
        var first = new ComplexLanes(Vector256.Create(Damping), u);
        var second = new ComplexLanes(Vector256.Create(Damping + 1), u);
        return _quantity switch
        {
            Quantity.Price => f / (first * second),

            // The transform of c - c'.
            Quantity.Delta => f / first,

            // The transform of c'' - c'.
            Quantity.Gamma => f,

            // d ln f / d sigma = -sigma T (z^2 + iz) = sigma T (a + iu)(a + 1 + iu), so the denominator cancels.
            _ => f * Vector256.Create(_sigmaTime),
        };
    }

    /// <summary>Converts the inverted transform to the requested quantity.</summary>
    public double Value(double inverted, double asset) =>
        _quantity switch
        {
            Quantity.Delta => inverted,
            Quantity.Gamma => inverted / asset,
            _ => inverted * asset,
        };
}
