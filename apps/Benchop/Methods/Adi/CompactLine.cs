using System.Numerics;

namespace Headrace.Apps.Benchop.Methods.Adi;

/// <summary>
/// The operator a (W_zz - W/4) across the rows of a plane, on a uniform grid in z. The compact scheme M W_zz = D W with
/// M = (1, 10, 1)/12 is fourth-order accurate with only three rows. The diffusion a may differ between lanes but not
/// between rows. The two rows at each end are fixed: W equals the intrinsic value there, for which W_zz = W/4, so the
/// operator is zero.
/// </summary>
internal sealed class CompactLine : IPlaneLine
{
    private readonly int _rows;
    private readonly int _padded;
    private readonly double _step2;
    private readonly double[] _diffusion;
    private readonly double[] _massInverse;
    private readonly double[] _left;
    private readonly double[] _inverse;
    private readonly double[] _besides;

    /// <param name="diffusion">The diffusion a of each lane.</param>
    public CompactLine(int rows, int width, double step, ReadOnlySpan<double> diffusion)
    {
        _rows = rows;
        _padded = Plane.Padded(width);
        _step2 = step * step;
        _diffusion = new double[_padded];
        diffusion.CopyTo(_diffusion);
        _massInverse = new double[rows];
        _left = new double[rows * _padded];
        _inverse = new double[rows * _padded];
        _besides = new double[_padded];

        // Factorises M once on the free rows 2 to rows - 3. In units of 1/12, the first pivot is 10 and each further
        // one is 10 minus the reciprocal of the pivot before it.
        double p = 10;
        for (var j = 2; j < rows - 2; j++)
        {
            _massInverse[j] = 1 / p;
            p = 10 - _massInverse[j];
        }
    }

    public void Factor(double length)
    {
        // The equation is M (W - R) = length * a (D - M/4) W, multiplied by 12. With c = length * a, the off-diagonal
        // is 1 + c/4 - 12 c/h^2 and the diagonal is 10 (1 + c/4) + 24 c/h^2.
        for (var lane = 0; lane < _padded; lane++)
        {
            var c = length * _diffusion[lane];
            var beside = 1 + (0.25 * c) - (12 * c / _step2);
            var diagonal = (10 * (1 + (0.25 * c))) + (24 * c / _step2);
            _besides[lane] = beside;
            var pivot = diagonal;
            for (var j = 2; j < _rows - 2; j++)
            {
                var at = (j * _padded) + lane;
                _inverse[at] = 1 / pivot;
                _left[at] = beside * _inverse[at];
                pivot = diagonal - (beside * _left[at]);
            }
        }
    }

    /// <summary>Computes a (M^-1 D - 1/4) W.</summary>
    public void Apply(ReadOnlySpan<double> w, Span<double> result)
    {
        result.Clear();
        var scale = new Vector<double>(12 / _step2);
        var lanes = _padded / Vector<double>.Count;
        var quarter = new Vector<double>(0.25);
        for (var j = 2; j < _rows - 2; j++)
        {
            var below = Plane.Row(w, j - 1, _padded);
            var here = Plane.Row(w, j, _padded);
            var above = Plane.Row(w, j + 1, _padded);
            var outer = j == _rows - 3 ? above : below;
            var before = Plane.Row(result, j - 1, _padded);
            var z = Plane.Row(result, j, _padded);
            var factor = j > 2 ? _massInverse[j - 1] : 0;
            var rim = (j == 2 || j == _rows - 3) ? 0.25 : 0;
            for (var k = 0; k < lanes; k++)
                z[k] = (scale * (below[k] + above[k] - (2 * here[k]))) - (factor * before[k]) - (rim * outer[k]);
        }

        var a = Plane.Row((ReadOnlySpan<double>)_diffusion, 0, _padded);
        for (var j = _rows - 3; j >= 2; j--)
        {
            var z = Plane.Row(result, j, _padded);
            var next = Plane.Row(result, j + 1, _padded);
            var pivot = _massInverse[j];
            if (j == _rows - 3)
                for (var k = 0; k < lanes; k++)
                    z[k] *= pivot;
            else
            {
                var after = Plane.Row(w, j + 1, _padded);
                for (var k = 0; k < lanes; k++)
                {
                    z[k] = pivot * (z[k] - next[k]);
                    next[k] = a[k] * (next[k] - (quarter * after[k]));
                }
            }
        }

        var last = Plane.Row(w, 2, _padded);
        var end = Plane.Row(result, 2, _padded);
        for (var k = 0; k < lanes; k++)
            end[k] = a[k] * (end[k] - (quarter * last[k]));
    }

    /// <summary>Solves (I - length * a (M^-1 D - 1/4)) W = R in place.</summary>
    public void Solve(Span<double> w)
    {
        var lanes = _padded / Vector<double>.Count;
        var beside = Plane.Row((ReadOnlySpan<double>)_besides, 0, _padded);

        // The right-hand side of row j needs the original value of row j - 1, which has already been overwritten, so a
        // copy of that row is kept.
        Span<Vector<double>> carried = stackalloc Vector<double>[lanes];
        Plane.Row(w, 1, _padded).CopyTo(carried);
        for (var j = 2; j < _rows - 2; j++)
        {
            var before = Plane.Row(w, j - 1, _padded);
            var here = Plane.Row(w, j, _padded);
            var after = Plane.Row(w, j + 1, _padded);
            if (j == 2)
                for (var k = 0; k < lanes; k++)
                {
                    var old = here[k];
                    here[k] = carried[k] + (10 * old) + after[k] - (beside[k] * before[k]);
                    carried[k] = old;
                }
            else
            {
                var factor = Plane.Row((ReadOnlySpan<double>)_left, j - 1, _padded);
                for (var k = 0; k < lanes; k++)
                {
                    var old = here[k];
                    here[k] = carried[k] + (10 * old) + after[k] - (factor[k] * before[k]);
                    carried[k] = old;
                }
            }
        }

        for (var j = _rows - 3; j >= 2; j--)
        {
            var here = Plane.Row(w, j, _padded);
            var after = Plane.Row(w, j + 1, _padded);
            var pivot = Plane.Row((ReadOnlySpan<double>)_inverse, j, _padded);
            for (var k = 0; k < lanes; k++)
                here[k] = pivot[k] * (here[k] - (beside[k] * after[k]));
        }
    }
}
