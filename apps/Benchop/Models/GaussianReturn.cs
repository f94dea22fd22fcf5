using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Models;

/// <summary>A normally distributed log-return X with the given variance and mean -variance/2.</summary>
internal sealed class GaussianReturn(double variance) : LogReturn
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public override ComplexLanes Characteristic(Vector256<double> u, double shift) =>
        ComplexLanes.Exp(Exponent(u, shift, variance));

    public override Cumulants Cumulants() => new(-0.5 * variance, variance, 0);

    public override double Cutoff(double decay) => Math.Sqrt(2 * decay / variance);

    /// <summary>-(z^2 + iz) * variance/2 at z = u - i * shift.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ComplexLanes Exponent(Vector256<double> u, double shift, double variance)
    {
        var half = Vector256.Create(-0.5 * variance);
        return new(
            half * (Vector256.FusedMultiplyAdd(u, u, Vector256.Create(shift * (1 - shift)))),
            half * u * Vector256.Create(1 - (2 * shift))
        );
    }
}
