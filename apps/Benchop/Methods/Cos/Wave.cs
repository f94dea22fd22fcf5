using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.Cos;

/// <summary>
/// cos and sin of u_j (x - low) for four consecutive j at a time, advanced by rotation: one complex product instead of
/// two library calls per term. The rounding error grows by about 1e-16 per rotation, which is negligible for the few
/// hundred terms in use.
/// </summary>
internal struct Wave
{
    private readonly Vector256<double> _distance;
    private readonly Vector256<double> _stride;
    private readonly Vector256<double> _turnCos;
    private readonly Vector256<double> _turnSin;

    public Wave(CosRange range, double x)
    {
        var step = Math.PI / range.Width;
        _distance = Vector256.Create(x - range.Low);
        _stride = Vector256.Create(Lanes.Count * step);
        Frequency = CosCoefficients.Frequencies(0, step);
        (Sine, Cosine) = Vector256.SinCos(Frequency * _distance);
        var (sin, cos) = Math.SinCos(Lanes.Count * step * (x - range.Low));
        _turnCos = Vector256.Create(cos);
        _turnSin = Vector256.Create(sin);
    }

    public Vector256<double> Frequency { get; private set; }

    public Vector256<double> Cosine { get; private set; }

    public Vector256<double> Sine { get; private set; }

    /// <summary>sin(u d)/u, which is d at u = 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Vector256<double> SineOverFrequency() =>
        Vector256.ConditionalSelect(Vector256.Equals(Frequency, Vector256<double>.Zero), _distance, Sine / Frequency);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Advance()
    {
        Frequency += _stride;
        (Cosine, Sine) = ((Cosine * _turnCos) - (Sine * _turnSin), (Sine * _turnCos) + (Cosine * _turnSin));
    }
}
