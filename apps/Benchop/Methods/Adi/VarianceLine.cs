using System.Numerics;

namespace Headrace.Apps.Benchop.Methods.Adi;

/// <summary>
/// The part of Heston's operator that acts on the variance, s^2/2 v W_vv + kappa * (theta - v) W_v, across the rows of
/// a plane. It uses three-point differences on a grid that is dense near v = 0. At v = 0 the diffusion vanishes and the
/// equation itself is the boundary condition, with a one-sided first derivative of second order; at the upper end the
/// second derivative is dropped.
/// </summary>
internal sealed class VarianceLine : IPlaneLine
{
    private readonly double[] _below;
    private readonly double[] _here;
    private readonly double[] _above;
    private readonly double _second;
    private readonly double[] _slopeBelow;
    private readonly double[] _slopeHere;
    private readonly double[] _slopeAbove;
    private readonly double[] _left;
    private readonly double[] _inverse;
    private readonly int _padded;
    private double _firstFactor;
    private double _length;

    public VarianceLine(ReadOnlySpan<double> v, double reversion, double longVariance, double volOfVol, int padded)
    {
        var n = v.Length;
        _padded = padded;
        _below = new double[n];
        _here = new double[n];
        _above = new double[n];
        _slopeBelow = new double[n];
        _slopeHere = new double[n];
        _slopeAbove = new double[n];
        _left = new double[n];
        _inverse = new double[n];
        for (var j = 1; j < n - 1; j++)
        {
            var down = v[j] - v[j - 1];
            var up = v[j + 1] - v[j];
            _slopeBelow[j] = -up / (down * (down + up));
            _slopeHere[j] = (up - down) / (down * up);
            _slopeAbove[j] = down / (up * (down + up));
            var diffusion = volOfVol * volOfVol * v[j];
            var drift = reversion * (longVariance - v[j]);
            _below[j] = (diffusion / (down * (down + up))) + (drift * _slopeBelow[j]);
            _here[j] = (-diffusion / (down * up)) + (drift * _slopeHere[j]);
            _above[j] = (diffusion / (up * (down + up))) + (drift * _slopeAbove[j]);
        }

        var one = v[1] - v[0];
        var two = v[2] - v[0];
        var pull = reversion * longVariance;
        _here[0] = -pull * (one + two) / (one * two);
        _above[0] = pull * two / (one * (two - one));
        _second = -pull * one / (two * (two - one));
        var last = reversion * (longVariance - v[n - 1]) / (v[n - 1] - v[n - 2]);
        _below[n - 1] = -last;
        _here[n - 1] = last;
    }

    public void Factor(double newLength)
    {
        _length = newLength;
        var n = _here.Length;

        // The second row is used to eliminate the third entry of the first row.
        _firstFactor = _second / _above[1];
        var diagonal = 1 - (_length * _here[0]) - (_firstFactor * -_length * _below[1]);
        var beside = (-_length * _above[0]) - (_firstFactor * (1 - (_length * _here[1])));
        _inverse[0] = 1 / diagonal;
        for (var j = 1; j < n; j++)
        {
            _left[j] = -_length * _below[j] * _inverse[j - 1];
            _inverse[j] = 1 / (1 - (_length * _here[j]) - (_left[j] * beside));
            beside = -_length * _above[j];
        }
    }

    public void Apply(ReadOnlySpan<double> w, Span<double> result)
    {
        var n = _here.Length;
        for (var j = 0; j < n; j++)
        {
            var c = Plane.Row(w, j, _padded);
            var b = Plane.Row(w, Math.Max(0, j - 1), _padded);
            var a = Plane.Row(w, Math.Min(n - 1, j + 1), _padded);
            var a2 = Plane.Row(w, Math.Min(n - 1, j + 2), _padded);
            var to = Plane.Row(result, j, _padded);
            var far = j == 0 ? _second : 0;
            for (var k = 0; k < to.Length; k++)
                to[k] = (_below[j] * b[k]) + (_here[j] * c[k]) + (_above[j] * a[k]) + (far * a2[k]);
        }
    }

    /// <summary>Computes factor times W_v for one inner row.</summary>
    public void Slope(ReadOnlySpan<double> w, int row, double factor, Span<double> result)
    {
        var b = Plane.Row(w, row - 1, _padded);
        var c = Plane.Row(w, row, _padded);
        var a = Plane.Row(w, row + 1, _padded);
        var to = Plane.Row(result, 0, _padded);
        var below1 = factor * _slopeBelow[row];
        var here1 = factor * _slopeHere[row];
        var above1 = factor * _slopeAbove[row];
        for (var k = 0; k < to.Length; k++)
            to[k] = (below1 * b[k]) + (here1 * c[k]) + (above1 * a[k]);
    }

    public void Solve(Span<double> w)
    {
        var n = _here.Length;
        var first = Plane.Row(w, 0, _padded);
        var next = Plane.Row(w, 1, _padded);
        for (var k = 0; k < first.Length; k++)
            first[k] -= _firstFactor * next[k];

        for (var j = 1; j < n; j++)
        {
            ReadOnlySpan<Vector<double>> b = Plane.Row(w, j - 1, _padded);
            var c = Plane.Row(w, j, _padded);
            var factor = _left[j];
            for (var k = 0; k < c.Length; k++)
                c[k] -= factor * b[k];
        }

        var last = Plane.Row(w, n - 1, _padded);
        for (var k = 0; k < last.Length; k++)
            last[k] *= _inverse[n - 1];

        for (var j = n - 2; j >= 0; j--)
        {
            ReadOnlySpan<Vector<double>> a = Plane.Row(w, j + 1, _padded);
            var c = Plane.Row(w, j, _padded);
            var beside =
                j > 0 ? -_length * _above[j] : (-_length * _above[0]) - (_firstFactor * (1 - (_length * _here[1])));
            var pivot = _inverse[j];
            for (var k = 0; k < c.Length; k++)
                c[k] = pivot * (c[k] - (beside * a[k]));
        }
    }
}
