using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.IntegralEquation;

/// <summary>
/// The exercise boundary of an American put without dividends and with r > 0, represented by its depths h = ln(K / B)
/// at the nodes. Between nodes h^2 is interpolated in z = sqrt(tau / T). The smooth-pasting condition provides one
/// equation per node: B(tau) = K e^{-r tau} N / D,
/// N = n(d-) + 2 r tau integral of e^{ru} n(d-(tau - u, B(tau)/B(u))), D = n(d+) + sigma sqrt(tau) N(d+).
/// See Andersen, Lake and Offengenden, "High-performance American option pricing", J. Comput. Finance 20 (2016) 39-87,
/// equation A.
/// </summary>
/// <remarks>
/// The paper iterates with the derivative at the node's own depth only. This iteration converges only linearly, and
/// more slowly with more nodes (measured: 11 sweeps to 1e-3 at 4 nodes, 30 at 12, no convergence at 20). Here, only the
/// first sweep works in this way; the following sweeps apply Newton's method to all nodes together. The derivatives
/// inside the integrals require one more pass over the same table, and 3 to 5 sweeps reach rounding error.
/// </remarks>
internal readonly ref struct ExerciseBoundary
{
    private readonly BoundaryTable _table;
    private readonly double _rateTime;
    private readonly double _deviation;
    private readonly Span<double> _depths;
    private readonly Span<double> _squares;
    private readonly Span<double> _sums;
    private readonly Span<double> _slopes;
    private readonly Span<double> _residuals;
    private readonly Span<double> _coefficients;
    private readonly Span<double> _jacobian;

    /// <param name="scratch">Scratch space for at least <see cref="ScratchSize"/> numbers.</param>
    public ExerciseBoundary(BoundaryTable table, double rateTime, double deviation, Span<double> scratch)
    {
        _table = table;
        _rateTime = rateTime;
        _deviation = deviation;
        var lanes = table.Roots.Length;
        _depths = scratch[..lanes];
        _squares = scratch.Slice(lanes, lanes);
        _sums = scratch.Slice(2 * lanes, lanes);
        _slopes = scratch.Slice(3 * lanes, lanes);
        _residuals = scratch.Slice(4 * lanes, lanes);
        _coefficients = scratch.Slice(5 * lanes, table.InnerPoints);
        _jacobian = scratch.Slice((5 * lanes) + table.InnerPoints, table.Nodes * table.Nodes);
        Guess();
    }

    /// <summary>h^2 of each node.</summary>
    public ReadOnlySpan<double> Squares => _squares[.._table.Nodes];

    /// <summary>ln(K / B(T)).</summary>
    public double Depth => _depths[_table.Nodes - 1];

    public static int ScratchSize(BoundaryTable table) =>
        (5 * table.Roots.Length) + table.InnerPoints + (table.Nodes * table.Nodes);

    /// <summary>
    /// Performs one step for every node. Returns the largest change, in standard deviations at that node's time.
    /// </summary>
    /// <param name="coupled">
    /// If false, only the derivative with respect to each node's own depth is used, which is cheaper and converges even
    /// from a poor guess.
    /// </param>
    public double Sweep(bool coupled)
    {
        Integrals(coupled);
        for (var i = 0; i < _depths.Length; i += Lanes.Count)
        {
            var z = At(_table.Roots, i);
            var h = At(_depths, i);
            var v = Vector256.Create(_deviation) * z;
            var rt = Vector256.Create(_rateTime) * z * z;
            var minus = ((rt - h) / v) - (Vector256.Create(0.5) * v);
            var plus = minus + v;
            var two = Vector256.Create(2.0) * rt;
            var scaled = Normal.Density(minus);
            var n = scaled + (two * At(_sums, i));
            var dn = ((scaled * minus) + (two * At(_slopes, i))) / v;
            var density = Normal.Density(plus);
            var tail = density * Normal.Mills(Vector256.Abs(plus));
            var mass = Vector256.ConditionalSelect(
                Vector256.GreaterThan(plus, Vector256<double>.Zero),
                Vector256<double>.One - tail,
                tail
            );
            var d = density + (v * mass);
            var dd = density * ((plus / v) - Vector256<double>.One);

            // The residual of h - r tau + ln(N / D) = 0, its derivative with respect to the node's own depth, and the
            // scale of its derivatives with respect to the depths of the other nodes.
            (h - rt + Vector256.Log(n / d)).CopyTo(_residuals[i..]);
            (Vector256<double>.One + (dn / n) - (dd / d)).CopyTo(_slopes[i..]);
            (two / (n * v)).CopyTo(_sums[i..]);
        }

        if (coupled)
            SolveCoupled();
        else
            for (var i = 0; i < _table.Nodes; i++)
                _residuals[i] /= _slopes[i];

        return Step();
    }

    /// <summary>
    /// Far from the solution a Newton step may be arbitrarily wrong, so the new depth is limited to the range from a
    /// quarter of the old depth to about twice the old depth.
    /// </summary>
    private double Step()
    {
        var nodes = _table.Nodes;
        double largest = 0;
        for (var i = 0; i < nodes; i++)
        {
            var v = _deviation * _table.Roots[i];
            var next = Math.Min(Math.Max(_depths[i] - _residuals[i], 0.25 * _depths[i]), (2 * _depths[i]) + v);
            largest = Math.Max(largest, Math.Abs(next - _depths[i]) / v);
            _depths[i] = next;
            _squares[i] = next * next;
        }

        _depths[nodes..].Fill(_depths[nodes - 1]);
        return largest;
    }

    /// <summary>
    /// Solves the system by Gaussian elimination. The matrix is the identity plus a small perturbation, so no pivoting
    /// is needed.
    /// </summary>
    private void SolveCoupled()
    {
        var n = _table.Nodes;
        for (var i = 0; i < n; i++)
        {
            var row = _jacobian.Slice(i * n, n);
            for (var k = 0; k < n; k++)
                row[k] *= -_sums[i] * _depths[k];

            row[i] += _slopes[i];
        }

        for (var i = 0; i < n; i++)
        {
            ReadOnlySpan<double> pivot = _jacobian.Slice(i * n, n);
            var inverse = 1 / pivot[i];
            for (var below = i + 1; below < n; below++)
            {
                var row = _jacobian.Slice(below * n, n);
                var factor = row[i] * inverse;
                for (var k = i + 1; k < n; k++)
                    row[k] -= factor * pivot[k];

                _residuals[below] -= factor * _residuals[i];
            }
        }

        for (var i = n - 1; i >= 0; i--)
        {
            ReadOnlySpan<double> row = _jacobian.Slice(i * n, n);
            var sum = _residuals[i];
            for (var k = i + 1; k < n; k++)
                sum -= row[k] * _residuals[k];

            _residuals[i] = sum / row[i];
        }
    }

    /// <summary>
    /// Computes, for each node, the integrals of e^{ru} n(d) and of e^{ru} n(d) d / sine with respect to the sine,
    /// where sine = sqrt((tau - u) / tau). If coupled, also computes the derivatives with respect to h^2 at the other
    /// nodes, up to row and column factors.
    /// </summary>
    private void Integrals(bool coupled)
    {
        var nodes = _table.Nodes;
        var points = _table.InnerPoints;
        for (var i = 0; i < nodes; i++)
        {
            var z = _table.Roots[i];
            var v = _deviation * z;
            var rt = _rateTime * z * z;
            var h = Vector256.Create(_depths[i]);
            var perV = Vector256.Create(1 / v);
            var tilt = Vector256.Create((rt / v) - (0.5 * v));
            var growth = Vector256.Create(rt);
            var sum = Vector256<double>.Zero;
            var slope = Vector256<double>.Zero;
            ReadOnlySpan<double> matrix = _table.InnerMatrix.AsSpan(i * nodes * points, nodes * points);
            for (var j = 0; j < points; j += Lanes.Count)
            {
                var square = Vector256<double>.Zero;
                for (var k = 0; k < nodes; k++)
                    square = Vector256.FusedMultiplyAdd(
                        At(matrix, (k * points) + j),
                        Vector256.Create(_squares[k]),
                        square
                    );

                // Between nodes near expiry the interpolated h^2 may be slightly negative. In that case, h and its
                // derivatives are set to zero.
                var there = Vector256.Sqrt(Vector256.Max(square, Vector256<double>.Zero));
                var sine = At(_table.InnerSines, j);
                var perSine = Vector256<double>.One / sine;
                var d = ((there - h) * perV * perSine) + (tilt * sine);
                var power = (growth * (Vector256<double>.One - (sine * sine))) - (Vector256.Create(0.5) * d * d);
                var term = At(_table.InnerWeights, j) * Vector256.Exp(power);
                var slanted = term * d * perSine;
                sum += term;
                slope += slanted;
                Vector256
                    .ConditionalSelect(
                        Vector256.GreaterThan(square, Vector256<double>.Zero),
                        slanted / there,
                        Vector256<double>.Zero
                    )
                    .CopyTo(_coefficients[j..]);
            }

            _sums[i] = Normal.InverseRootTwoPi * Vector256.Sum(sum);
            _slopes[i] = Normal.InverseRootTwoPi * Vector256.Sum(slope);
            if (coupled)
                Couplings(matrix, _jacobian.Slice(i * nodes, nodes));
        }

        _sums[nodes..].Fill(_sums[nodes - 1]);
        _slopes[nodes..].Fill(_slopes[nodes - 1]);
    }

    private void Couplings(ReadOnlySpan<double> matrix, Span<double> row)
    {
        var points = _table.InnerPoints;
        for (var k = 0; k < row.Length; k++)
        {
            var sum = Vector256<double>.Zero;
            for (var j = 0; j < points; j += Lanes.Count)
                sum = Vector256.FusedMultiplyAdd(At(matrix, (k * points) + j), At(_coefficients, j), sum);

            row[k] = Normal.InverseRootTwoPi * Vector256.Sum(sum);
        }
    }

    /// <summary>
    /// Computes the initial guess B = K / (1 + (1 - e^{-c}) / b) with b = 2r/sigma^2 and c = 2 b sigma sqrt(tau): the
    /// perpetual boundary at long maturities and about 2 sigma sqrt(tau) at short ones, in the manner of Bjerksund and
    /// Stensland (1993), Scand. J. Management 9, S87-S99.
    /// </summary>
    private void Guess()
    {
        var b = 2 * _rateTime / (_deviation * _deviation);
        for (var i = 0; i < _depths.Length; i++)
        {
            var c = 2 * b * _deviation * _table.Roots[i];
            var h = Math.Log(1 + ((1 - Math.Exp(-c)) / b));
            _depths[i] = h;
            _squares[i] = h * h;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> At(ReadOnlySpan<double> numbers, int start) => Vector256.Create(numbers[start..]);
}
