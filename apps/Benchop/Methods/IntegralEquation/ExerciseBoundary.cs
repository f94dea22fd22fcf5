using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.IntegralEquation;

/// <summary>
/// The exercise boundary of an American put without dividends and with r > 0, as depths h = ln(K / B) at the nodes.
/// Between nodes h^2 is
/// interpolated in z = sqrt(tau / T). The equations, one a node, are smooth pasting:
/// B(tau) = K e^{-r tau} N / D, N = n(d-) + 2 r tau integral of e^{ru} n(d-(tau - u, B(tau)/B(u))), D = n(d+) + sigma
/// sqrt(tau) N(d+).
/// Andersen, Lake and Offengenden, "High-performance American option pricing", J. Comput. Finance 20 (2016) 39-87,
/// equation A.
/// </summary>
/// <remarks>
/// They iterate with the derivative at the node's own depth only. That converges linearly, ever slower as nodes are
/// added (measured: 11 sweeps
/// to 1e-3 at 4 nodes, 30 at 12, none at 20). Here the first sweep does so, and the following ones take Newton's method
/// for all nodes
/// together: the derivatives inside the integrals cost one more pass over the same table, and 3 to 5 sweeps reach
/// rounding.
/// </remarks>
internal readonly ref struct ExerciseBoundary
{
    private const double InverseRootTwoPi = 0.39894228040143267794;

    private readonly BoundaryTable table;
    private readonly double rateTime;
    private readonly double deviation;
    private readonly Span<double> depths;
    private readonly Span<double> squares;
    private readonly Span<double> sums;
    private readonly Span<double> slopes;
    private readonly Span<double> residuals;
    private readonly Span<double> coefficients;
    private readonly Span<double> jacobian;

    /// <param name="room">At least <see cref="RoomFor"/> numbers.</param>
    public ExerciseBoundary(BoundaryTable table, double rateTime, double deviation, Span<double> room)
    {
        this.table = table;
        this.rateTime = rateTime;
        this.deviation = deviation;
        int lanes = table.Roots.Length;
        depths = room[..lanes];
        squares = room.Slice(lanes, lanes);
        sums = room.Slice(2 * lanes, lanes);
        slopes = room.Slice(3 * lanes, lanes);
        residuals = room.Slice(4 * lanes, lanes);
        coefficients = room.Slice(5 * lanes, table.InnerPoints);
        jacobian = room.Slice((5 * lanes) + table.InnerPoints, table.Nodes * table.Nodes);
        Guess();
    }

    /// <summary>h^2 of each node.</summary>
    public ReadOnlySpan<double> Squares => squares[..table.Nodes];

    /// <summary>ln(K / B(T)).</summary>
    public double Depth => depths[table.Nodes - 1];

    public static int RoomFor(BoundaryTable table) =>
        (5 * table.Roots.Length) + table.InnerPoints + (table.Nodes * table.Nodes);

    /// <summary>One step for every node; the largest change in deviations at that node's time.</summary>
    /// <param name="coupled">False takes each node's own derivative only: cheaper, and right from a poor guess.</param>
    public double Sweep(bool coupled)
    {
        Integrals(coupled);
        for (int i = 0; i < depths.Length; i += Lanes.Count)
        {
            Vector256<double> z = At(table.Roots, i);
            Vector256<double> h = At(depths, i);
            Vector256<double> v = Vector256.Create(deviation) * z;
            Vector256<double> rt = Vector256.Create(rateTime) * z * z;
            Vector256<double> minus = ((rt - h) / v) - (Vector256.Create(0.5) * v);
            Vector256<double> plus = minus + v;
            Vector256<double> two = Vector256.Create(2.0) * rt;
            Vector256<double> scaled = Normal.Density(minus);
            Vector256<double> n = scaled + (two * At(sums, i));
            Vector256<double> dn = ((scaled * minus) + (two * At(slopes, i))) / v;
            Vector256<double> density = Normal.Density(plus);
            Vector256<double> tail = density * Normal.Mills(Vector256.Abs(plus));
            Vector256<double> mass = Vector256.ConditionalSelect(
                Vector256.GreaterThan(plus, Vector256<double>.Zero),
                Vector256<double>.One - tail,
                tail
            );
            Vector256<double> d = density + (v * mass);
            Vector256<double> dd = density * ((plus / v) - Vector256<double>.One);

            // h - r tau + ln(N / D) = 0; its derivative at the node's own depth; and what scales the derivatives at the
            // others.
            (h - rt + Vector256.Log(n / d)).CopyTo(residuals[i..]);
            (Vector256<double>.One + (dn / n) - (dd / d)).CopyTo(slopes[i..]);
            (two / (n * v)).CopyTo(sums[i..]);
        }

        if (coupled)
        {
            SolveCoupled();
        }
        else
        {
            for (int i = 0; i < table.Nodes; i++)
            {
                residuals[i] /= slopes[i];
            }
        }

        return Step();
    }

    /// <summary>
    /// Far from the solution a Newton step may point anywhere: it is kept between a quarter and about twice the depth.
    /// </summary>
    private double Step()
    {
        int nodes = table.Nodes;
        double largest = 0;
        for (int i = 0; i < nodes; i++)
        {
            double v = deviation * table.Roots[i];
            double next = Math.Min(Math.Max(depths[i] - residuals[i], 0.25 * depths[i]), (2 * depths[i]) + v);
            largest = Math.Max(largest, Math.Abs(next - depths[i]) / v);
            depths[i] = next;
            squares[i] = next * next;
        }

        depths[nodes..].Fill(depths[nodes - 1]);
        return largest;
    }

    /// <summary>Gauss elimination; the matrix is the identity plus something small, so no pivoting is needed.</summary>
    private void SolveCoupled()
    {
        int n = table.Nodes;
        for (int i = 0; i < n; i++)
        {
            Span<double> row = jacobian.Slice(i * n, n);
            for (int k = 0; k < n; k++)
            {
                row[k] *= -sums[i] * depths[k];
            }

            row[i] += slopes[i];
        }

        for (int i = 0; i < n; i++)
        {
            ReadOnlySpan<double> pivot = jacobian.Slice(i * n, n);
            double inverse = 1 / pivot[i];
            for (int below = i + 1; below < n; below++)
            {
                Span<double> row = jacobian.Slice(below * n, n);
                double factor = row[i] * inverse;
                for (int k = i + 1; k < n; k++)
                {
                    row[k] -= factor * pivot[k];
                }

                residuals[below] -= factor * residuals[i];
            }
        }

        for (int i = n - 1; i >= 0; i--)
        {
            ReadOnlySpan<double> row = jacobian.Slice(i * n, n);
            double sum = residuals[i];
            for (int k = i + 1; k < n; k++)
            {
                sum -= row[k] * residuals[k];
            }

            residuals[i] = sum / row[i];
        }
    }

    /// <summary>
    /// For each node the integral of e^{ru} n(d) and of e^{ru} n(d) d / sine, with sine = sqrt((tau - u) / tau), over
    /// the sine;
    /// if coupled also the derivatives that the other nodes' squares bring in, up to factors of the rows and columns.
    /// </summary>
    private void Integrals(bool coupled)
    {
        int nodes = table.Nodes;
        int points = table.InnerPoints;
        for (int i = 0; i < nodes; i++)
        {
            double z = table.Roots[i];
            double v = deviation * z;
            double rt = rateTime * z * z;
            Vector256<double> h = Vector256.Create(depths[i]);
            Vector256<double> perV = Vector256.Create(1 / v);
            Vector256<double> tilt = Vector256.Create((rt / v) - (0.5 * v));
            Vector256<double> growth = Vector256.Create(rt);
            Vector256<double> sum = Vector256<double>.Zero;
            Vector256<double> slope = Vector256<double>.Zero;
            ReadOnlySpan<double> matrix = table.InnerMatrix.AsSpan(i * nodes * points, nodes * points);
            for (int j = 0; j < points; j += Lanes.Count)
            {
                Vector256<double> square = Vector256<double>.Zero;
                for (int k = 0; k < nodes; k++)
                {
                    square = Vector256.FusedMultiplyAdd(
                        At(matrix, (k * points) + j),
                        Vector256.Create(squares[k]),
                        square
                    );
                }

                // Between nodes the interpolant of h^2 may dip below zero near expiry: h is zero there, and so are its
                // derivatives.
                Vector256<double> there = Vector256.Sqrt(Vector256.Max(square, Vector256<double>.Zero));
                Vector256<double> sine = At(table.InnerSines, j);
                Vector256<double> perSine = Vector256<double>.One / sine;
                Vector256<double> d = ((there - h) * perV * perSine) + (tilt * sine);
                Vector256<double> power =
                    (growth * (Vector256<double>.One - (sine * sine))) - (Vector256.Create(0.5) * d * d);
                Vector256<double> term = At(table.InnerWeights, j) * Vector256.Exp(power);
                Vector256<double> slanted = term * d * perSine;
                sum += term;
                slope += slanted;
                Vector256
                    .ConditionalSelect(
                        Vector256.GreaterThan(square, Vector256<double>.Zero),
                        slanted / there,
                        Vector256<double>.Zero
                    )
                    .CopyTo(coefficients[j..]);
            }

            sums[i] = InverseRootTwoPi * Vector256.Sum(sum);
            slopes[i] = InverseRootTwoPi * Vector256.Sum(slope);
            if (coupled)
            {
                Couplings(matrix, jacobian.Slice(i * nodes, nodes));
            }
        }

        sums[nodes..].Fill(sums[nodes - 1]);
        slopes[nodes..].Fill(slopes[nodes - 1]);
    }

    private void Couplings(ReadOnlySpan<double> matrix, Span<double> row)
    {
        int points = table.InnerPoints;
        for (int k = 0; k < row.Length; k++)
        {
            Vector256<double> sum = Vector256<double>.Zero;
            for (int j = 0; j < points; j += Lanes.Count)
            {
                sum = Vector256.FusedMultiplyAdd(At(matrix, (k * points) + j), At(coefficients, j), sum);
            }

            row[k] = InverseRootTwoPi * Vector256.Sum(sum);
        }
    }

    /// <summary>
    /// B = K / (1 + (1 - e^{-c}) / b) with b = 2r/sigma^2 and c = 2 b sigma sqrt(tau): the perpetual boundary at long
    /// maturities and about
    /// 2 sigma sqrt(tau) at short ones, in the manner of Bjerksund and Stensland (1993), Scand. J. Management 9,
    /// S87-S99.
    /// </summary>
    private void Guess()
    {
        double b = 2 * rateTime / (deviation * deviation);
        for (int i = 0; i < depths.Length; i++)
        {
            double c = 2 * b * deviation * table.Roots[i];
            double h = Math.Log(1 + ((1 - Math.Exp(-c)) / b));
            depths[i] = h;
            squares[i] = h * h;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> At(ReadOnlySpan<double> numbers, int start) => Vector256.Create(numbers[start..]);
}
