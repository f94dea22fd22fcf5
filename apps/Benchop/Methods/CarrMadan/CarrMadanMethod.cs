using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.CarrMadan;

/// <summary>
/// Carr and Madan's transform: one FFT computes call prices on a grid of log-strikes. Prices are homogeneous in spot
/// and strike, so the same grid is used for every spot. Interpolation through six neighbouring points determines the
/// order of convergence. The work parameter is the size of the transform, rounded up to a power of two.
/// </summary>
/// <remarks>
/// The cumulants determine the period of the grid, and the period determines the damping. Unlike the usual fixed
/// damping, this rule works for total volatilities from 0.5 % to 80 %. All weights are equal, because the sum with
/// equal weights converges faster than Simpson's rule for a periodic analytic integrand.
/// </remarks>
internal sealed class CarrMadanMethod : IPricingMethod
{
    private const double Reach = 10;

    // For strikes far below the forward, the call is worth about one forward, so its image in the next period must be
    // damped to a negligible size, here e^-30.
    private const double Neighbour = 30;

    private const int MinSize = 16;
    private const int MaxSize = 1 << 20;

    public MethodCard Card { get; } =
        new("fft", "Carr-Madan FFT", "Carr, Madan 1999, J. Computational Finance 2(4), 61-73");

    public string? WhyNot(Problem problem) =>
        (problem.Contract, problem.Model) switch
        {
            (EuropeanCall, LocalVolatility) => "No characteristic function is known for local-volatility models.",
            (EuropeanCall, _) or (SpreadCall, TwoAssetBlackScholes) => null,
            (UpAndOutCall, _) =>
                "The transform describes only the spot at maturity, not whether the barrier was touched.",
            _ => "The transform describes only the spot at maturity; early exercise requires the spot at every date.",
        };

    public WorkPlan Plan(Problem problem)
    {
        // Eight points per period of the highest relevant frequency leave an interpolation error of about 1e-7.
        var law = LogReturn.Of(problem.Model, problem.Contract.Maturity)!;
        var points = 8 * Period(problem, law) * law.Cutoff(25) / (2 * Math.PI);
        return new(
            "grid points",
            MinSize,
            MaxSize,
            (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(points, 256, MaxSize)),
            Convergence.Algebraic(6)
        )
        {
            Structure = problem.Contract is SpreadCall
                ? "Pricing in units of the second asset leaves only one asset."
                : null,
            Doubles = true,
        };
    }

    public string? Price(Problem problem, int work, Span<double> values)
    {
        if (WhyNot(problem) is { } uncovered)
            return uncovered;

        if (LogReturn.Of(problem.Model, problem.Contract.Maturity) is not { } law)
            return "The model has no characteristic function in closed form.";

        var size = (int)BitOperations.RoundUpToPowerOf2((uint)work);
        var period = Period(problem, law);
        var highest = 2 * Math.PI * size / period;
        if (highest < 0.5 * law.Cutoff(10))
            return string.Create(
                CultureInfo.InvariantCulture,
                $"A grid of {size} points extends to frequency {highest:G3}, but the characteristic function is "
                    + $"negligible only beyond {law.Cutoff(10):G3}. Increase the work parameter."
            );

        var scratch = ArrayPool<double>.Shared.Rent(4 * size);
        Invert(
            DampedCall.Of(problem, law, Neighbour / period),
            period,
            problem,
            scratch.AsSpan(0, 4 * size),
            size,
            values
        );
        ArrayPool<double>.Shared.Return(scratch);
        return null;
    }

    /// <summary>
    /// Returns the period of the grid. The period is wide enough for the distribution and the strikes, and wide enough
    /// that the largest usable damping reduces the image in the neighbouring period to e^-30.
    /// </summary>
    private static double Period(Problem problem, LogReturn law)
    {
        var cumulants = law.Cumulants();
        var (low, high) = law.Outliers;
        var half = Math.Max((Reach * cumulants.Spread) + Math.Abs(cumulants.Mean), Math.Max(-low, high));
        var wide = 2 * (half + DampedCall.Farthest(problem));
        return Math.Max(wide, Neighbour / DampedCall.MaxDamping(law));
    }

    private static void Invert(
        DampedCall transform,
        double period,
        Problem problem,
        Span<double> scratch,
        int size,
        Span<double> values
    )
    {
        var re = scratch[..size];
        var im = scratch.Slice(size, size);
        var step = 2 * Math.PI / period;

        // k_m = -period/2 + m * period/size. Because the grid starts half a period to the left of zero, every other
        // term changes sign.
        var signs = Vector256.Create(1.0, -1.0, 1.0, -1.0);
        for (var j = 0; j < size; j += Lanes.Count)
        {
            var u = Vector256.Create(j, j + 1.0, j + 2.0, j + 3.0) * Vector256.Create(step);
            var value = transform.At(u) * signs;
            value.Re.CopyTo(re[j..]);
            value.Im.CopyTo(im[j..]);
        }

        re[0] *= 0.5;
        im[0] *= 0.5;
        Fft.Of(size).Transform(re, im, scratch.Slice(2 * size, size), scratch.Slice(3 * size, size));
        for (var i = 0; i < values.Length; i++)
        {
            var (asset, strike) = DampedCall.Terms(problem, i);
            var k = Math.Log(strike / asset);
            var inverted = Interpolate(re, (k + (0.5 * period)) * size / period) * step / Math.PI;
            values[i] = transform.Value(Math.Exp(-transform.Damping * k) * inverted, asset);
        }
    }

    /// <summary>
    /// Returns the interpolated value at the given point, using the Lagrange polynomial through the six nearest grid
    /// points.
    /// </summary>
    private static double Interpolate(ReadOnlySpan<double> grid, double at)
    {
        var first = Math.Clamp((int)Math.Floor(at) - 2, 0, grid.Length - 6);
        var t = at - first;
        double sum = 0;
        for (var i = 0; i < 6; i++)
        {
            double weight = 1;
            for (var j = 0; j < 6; j++)
                weight *= j == i ? 1 : (t - j) / (i - j);

            sum += weight * grid[first + i];
        }

        return sum;
    }
}
