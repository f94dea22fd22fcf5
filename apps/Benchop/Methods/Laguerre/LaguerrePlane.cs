using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.Laguerre;

/// <summary>
/// The two-dimensional transform of <see cref="LaguerreDividend"/>, evaluated at the quadrature nodes.
/// </summary>
internal sealed class LaguerrePlane
{
    private readonly double _p;
    private readonly double _q;
    private readonly double _scale;
    private readonly double[] _s;
    private readonly double[] _u;

    // Row r of the plane: the values at u[r] and all s, including the weights.
    private readonly double[] _re;
    private readonly double[] _im;

    public LaguerrePlane(double deviation, double deviationAfter, int work)
    {
        var rule = GaussLaguerre.Of(work);
        var nodes = rule.Nodes.Length;
        var both = Math.Sqrt((deviation * deviation) + (deviationAfter * deviationAfter));
        _p = 1 + (1.5 / both);
        _q = 1.5 / deviation;
        var scaleS = LaguerreScale.Of(Math.Sqrt(2 * LaguerreScale.Decay) / deviation, rule);
        var scaleU = LaguerreScale.Of(Math.Sqrt(2 * LaguerreScale.Decay) / deviationAfter, rule);
        _scale = scaleS * scaleU / (2 * Math.PI * Math.PI);
        _s = new double[nodes];
        _u = new double[2 * nodes];
        for (var j = 0; j < nodes; j++)
        {
            _s[j] = scaleS * rule.Nodes[j];
            _u[j] = scaleU * rule.Nodes[j];
            _u[nodes + j] = -_u[j];
        }

        _re = new double[2 * nodes * nodes];
        _im = new double[2 * nodes * nodes];
        Fill(new GaussianReturn(deviation * deviation), new GaussianReturn(deviationAfter * deviationAfter), rule);
    }

    /// <summary>E[(e^k - e^Y)^+ 1{X &lt;= b}].</summary>
    public double PutBelow(double k, double b)
    {
        // The phase e^{-iuk - iwb} = e^{-isb} e^{iu(b - k)}.
        var nodes = _s.Length;
        Span<double> cosines = stackalloc double[nodes];
        Span<double> sines = stackalloc double[nodes];
        for (var j = 0; j < nodes; j += Lanes.Count)
        {
            var (sin, cos) = Vector256.SinCos(Vector256.Create(_s, j) * Vector256.Create(-b));
            cos.CopyTo(cosines[j..]);
            sin.CopyTo(sines[j..]);
        }

        double sum = 0;
        for (var r = 0; r < _u.Length; r++)
        {
            var rowRe = Vector256<double>.Zero;
            var rowIm = Vector256<double>.Zero;
            for (var j = 0; j < nodes; j += Lanes.Count)
            {
                var a = Vector256.Create(_re, (r * nodes) + j);
                var c = Vector256.Create(_im, (r * nodes) + j);
                var cos = Vector256.Create<double>(cosines[j..]);
                var sin = Vector256.Create<double>(sines[j..]);
                rowRe += (a * cos) - (c * sin);
                rowIm += (a * sin) + (c * cos);
            }

            var (turnSin, turnCos) = Math.SinCos(_u[r] * (b - k));
            sum += (Vector256.Sum(rowRe) * turnCos) - (Vector256.Sum(rowIm) * turnSin);
        }

        return Math.Exp((_p * k) + (_q * b)) * _scale * sum;
    }

    private void Fill(GaussianReturn toDividend, GaussianReturn toMaturity, GaussLaguerre rule)
    {
        var nodes = _s.Length;
        for (var r = 0; r < _u.Length; r++)
        {
            var row = Vector256.Create(_u[r]);
            var alongU =
                toMaturity.Characteristic(row, 1 - _p)
                / (new ComplexLanes(Vector256.Create(_p - 1), -row) * new ComplexLanes(Vector256.Create(_p), -row));
            alongU *= Vector256.Create(rule.Weights[r % nodes]);
            for (var j = 0; j < nodes; j += Lanes.Count)
            {
                var column = Vector256.Create(_s, j);
                var value =
                    toDividend.Characteristic(column, 1 - _p - _q)
                    * alongU
                    / new ComplexLanes(Vector256.Create(_q), row - column);
                value *= Vector256.Create(rule.Weights[j..]);
                value.Re.CopyTo(_re, (r * nodes) + j);
                value.Im.CopyTo(_im, (r * nodes) + j);
            }
        }
    }
}
