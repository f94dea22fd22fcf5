using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.Cos;

/// <summary>
/// cos and sin of u_j (x - low) for four consecutive j at a time, moved on by rotation: one product instead of two
/// library calls a term. The
/// rounding of a rotation adds up to some 1e-16 a step, harmless over the few hundred terms that are ever used.
/// </summary>
internal struct Wave
{
    private readonly Vector256<double> distance;
    private readonly Vector256<double> stride;
    private readonly Vector256<double> turnCos;
    private readonly Vector256<double> turnSin;

    public Wave(CosRange range, double x)
    {
        double step = Math.PI / range.Width;
        distance = Vector256.Create(x - range.Low);
        stride = Vector256.Create(Lanes.Count * step);
        Frequency = CosCoefficients.Frequencies(0, step);
        (Sine, Cosine) = Vector256.SinCos(Frequency * distance);
        (double sin, double cos) = Math.SinCos(Lanes.Count * step * (x - range.Low));
        turnCos = Vector256.Create(cos);
        turnSin = Vector256.Create(sin);
    }

    public Vector256<double> Frequency { get; private set; }

    public Vector256<double> Cosine { get; private set; }

    public Vector256<double> Sine { get; private set; }

    /// <summary>sin(u d)/u, d at u = 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Vector256<double> SineOverFrequency() =>
        Vector256.ConditionalSelect(Vector256.Equals(Frequency, Vector256<double>.Zero), distance, Sine / Frequency);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Advance()
    {
        Frequency += stride;
        (Cosine, Sine) = ((Cosine * turnCos) - (Sine * turnSin), (Sine * turnCos) + (Cosine * turnSin));
    }
}
