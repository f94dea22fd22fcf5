using System.Numerics;

namespace Headrace.Apps.Benchop.Methods.Adi;

/// <summary>
/// a (W_zz - W/4) along the rows of a plane, z uniform, by the compact scheme M W_zz = D W with M = (1, 10, 1)/12:
/// fourth order on three
/// rows. The diffusion a may differ from lane to lane, not from row to row. Two rows at each end are fixed; there
/// W_zz = W/4 (the intrinsic value), so the operator is zero.
/// </summary>
internal sealed class CompactLine
{
    private readonly int rows;
    private readonly int padded;
    private readonly double step2;
    private readonly double[] diffusion;
    private readonly double[] massInverse;
    private readonly double[] left;
    private readonly double[] inverse;
    private readonly double[] besides;

    /// <param name="diffusion">a of each lane.</param>
    public CompactLine(int rows, int width, double step, ReadOnlySpan<double> diffusion)
    {
        this.rows = rows;
        padded = Plane.Padded(width);
        step2 = step * step;
        this.diffusion = new double[padded];
        diffusion.CopyTo(this.diffusion);
        massInverse = new double[rows];
        left = new double[rows * padded];
        inverse = new double[rows * padded];
        besides = new double[padded];

        // M on the free rows 2 .. rows - 3, eliminated once: pivot p = 10 - 1/p, in units of 1/12.
        double p = 10;
        for (int j = 2; j < rows - 2; j++)
        {
            massInverse[j] = 1 / p;
            p = 10 - massInverse[j];
        }
    }

    public void Factor(double length)
    {
        // M (W - R) = length a (D - M/4) W, times 12: off-diagonal 1 + c/4 - 12 c/h^2, diagonal 10 (1 + c/4) + 24
        // c/h^2, c = length a.
        for (int lane = 0; lane < padded; lane++)
        {
            double c = length * diffusion[lane];
            double beside = 1 + (0.25 * c) - (12 * c / step2);
            double diagonal = (10 * (1 + (0.25 * c))) + (24 * c / step2);
            besides[lane] = beside;
            double pivot = diagonal;
            for (int j = 2; j < rows - 2; j++)
            {
                int at = (j * padded) + lane;
                inverse[at] = 1 / pivot;
                left[at] = beside * inverse[at];
                pivot = diagonal - (beside * left[at]);
            }
        }
    }

    /// <summary>a (M^-1 D - 1/4) W.</summary>
    public void Apply(ReadOnlySpan<double> w, Span<double> result)
    {
        result.Clear();
        var scale = new Vector<double>(12 / step2);
        int lanes = padded / Vector<double>.Count;
        var quarter = new Vector<double>(0.25);
        for (int j = 2; j < rows - 2; j++)
        {
            ReadOnlySpan<Vector<double>> below = Plane.Row(w, j - 1, padded),
                here = Plane.Row(w, j, padded),
                above = Plane.Row(w, j + 1, padded);
            ReadOnlySpan<Vector<double>> outer = j == rows - 3 ? above : below;
            Span<Vector<double>> before = Plane.Row(result, j - 1, padded);
            Span<Vector<double>> z = Plane.Row(result, j, padded);
            double factor = j > 2 ? massInverse[j - 1] : 0;
            double rim = (j == 2 || j == rows - 3) ? 0.25 : 0;
            for (int k = 0; k < lanes; k++)
            {
                z[k] = (scale * (below[k] + above[k] - (2 * here[k]))) - (factor * before[k]) - (rim * outer[k]);
            }
        }

        ReadOnlySpan<Vector<double>> a = Plane.Row((ReadOnlySpan<double>)diffusion, 0, padded);
        for (int j = rows - 3; j >= 2; j--)
        {
            Span<Vector<double>> z = Plane.Row(result, j, padded);
            Span<Vector<double>> next = Plane.Row(result, j + 1, padded);
            double pivot = massInverse[j];
            if (j == rows - 3)
            {
                for (int k = 0; k < lanes; k++)
                {
                    z[k] *= pivot;
                }
            }
            else
            {
                ReadOnlySpan<Vector<double>> after = Plane.Row(w, j + 1, padded);
                for (int k = 0; k < lanes; k++)
                {
                    z[k] = pivot * (z[k] - next[k]);
                    next[k] = a[k] * (next[k] - (quarter * after[k]));
                }
            }
        }

        ReadOnlySpan<Vector<double>> last = Plane.Row(w, 2, padded);
        Span<Vector<double>> end = Plane.Row(result, 2, padded);
        for (int k = 0; k < lanes; k++)
        {
            end[k] = a[k] * (end[k] - (quarter * last[k]));
        }
    }

    /// <summary>(I - length a (M^-1 D - 1/4)) W = R in place.</summary>
    public void Solve(Span<double> w)
    {
        int lanes = padded / Vector<double>.Count;
        ReadOnlySpan<Vector<double>> beside = Plane.Row((ReadOnlySpan<double>)besides, 0, padded);

        // Row j is overwritten while row j - 1 of the right-hand side is still needed: it is carried along.
        Span<Vector<double>> carried = stackalloc Vector<double>[lanes];
        Plane.Row(w, 1, padded).CopyTo(carried);
        for (int j = 2; j < rows - 2; j++)
        {
            Span<Vector<double>> before = Plane.Row(w, j - 1, padded),
                here = Plane.Row(w, j, padded),
                after = Plane.Row(w, j + 1, padded);
            if (j == 2)
            {
                for (int k = 0; k < lanes; k++)
                {
                    Vector<double> old = here[k];
                    here[k] = carried[k] + (10 * old) + after[k] - (beside[k] * before[k]);
                    carried[k] = old;
                }
            }
            else
            {
                ReadOnlySpan<Vector<double>> factor = Plane.Row((ReadOnlySpan<double>)left, j - 1, padded);
                for (int k = 0; k < lanes; k++)
                {
                    Vector<double> old = here[k];
                    here[k] = carried[k] + (10 * old) + after[k] - (factor[k] * before[k]);
                    carried[k] = old;
                }
            }
        }

        for (int j = rows - 3; j >= 2; j--)
        {
            Span<Vector<double>> here = Plane.Row(w, j, padded),
                after = Plane.Row(w, j + 1, padded);
            ReadOnlySpan<Vector<double>> pivot = Plane.Row((ReadOnlySpan<double>)inverse, j, padded);
            for (int k = 0; k < lanes; k++)
            {
                here[k] = pivot[k] * (here[k] - (beside[k] * after[k]));
            }
        }
    }
}
