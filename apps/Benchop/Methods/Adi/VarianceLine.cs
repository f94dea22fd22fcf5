using System.Numerics;

namespace Headrace.Apps.Benchop.Methods.Adi;

/// <summary>
/// The part of Heston's operator that acts on the variance, s^2/2 v W_vv + kappa (theta - v) W_v, along the rows of a
/// plane: three-point
/// differences on a grid that is dense near v = 0. There the diffusion vanishes and the equation itself is the boundary
/// condition, with a
/// one-sided slope of second order; at the far end curvature is dropped.
/// </summary>
internal sealed class VarianceLine
{
    private readonly double[] below;
    private readonly double[] here;
    private readonly double[] above;
    private readonly double second;
    private readonly double[] slopeBelow;
    private readonly double[] slopeHere;
    private readonly double[] slopeAbove;
    private readonly double[] left;
    private readonly double[] inverse;
    private readonly int padded;
    private double firstFactor;
    private double length;

    public VarianceLine(ReadOnlySpan<double> v, double reversion, double longVariance, double volOfVol, int padded)
    {
        int n = v.Length;
        this.padded = padded;
        below = new double[n];
        here = new double[n];
        above = new double[n];
        slopeBelow = new double[n];
        slopeHere = new double[n];
        slopeAbove = new double[n];
        left = new double[n];
        inverse = new double[n];
        for (int j = 1; j < n - 1; j++)
        {
            double down = v[j] - v[j - 1];
            double up = v[j + 1] - v[j];
            slopeBelow[j] = -up / (down * (down + up));
            slopeHere[j] = (up - down) / (down * up);
            slopeAbove[j] = down / (up * (down + up));
            double diffusion = volOfVol * volOfVol * v[j];
            double drift = reversion * (longVariance - v[j]);
            below[j] = (diffusion / (down * (down + up))) + (drift * slopeBelow[j]);
            here[j] = (-diffusion / (down * up)) + (drift * slopeHere[j]);
            above[j] = (diffusion / (up * (down + up))) + (drift * slopeAbove[j]);
        }

        double one = v[1] - v[0];
        double two = v[2] - v[0];
        double pull = reversion * longVariance;
        here[0] = -pull * (one + two) / (one * two);
        above[0] = pull * two / (one * (two - one));
        second = -pull * one / (two * (two - one));
        double last = reversion * (longVariance - v[n - 1]) / (v[n - 1] - v[n - 2]);
        below[n - 1] = -last;
        here[n - 1] = last;
    }

    public void Factor(double newLength)
    {
        length = newLength;
        int n = here.Length;

        // The third entry of the first row is removed with the second row.
        firstFactor = second / above[1];
        double diagonal = 1 - (length * here[0]) - (firstFactor * -length * below[1]);
        double beside = (-length * above[0]) - (firstFactor * (1 - (length * here[1])));
        inverse[0] = 1 / diagonal;
        for (int j = 1; j < n; j++)
        {
            left[j] = -length * below[j] * inverse[j - 1];
            inverse[j] = 1 / (1 - (length * here[j]) - (left[j] * beside));
            beside = -length * above[j];
        }
    }

    public void Apply(ReadOnlySpan<double> w, Span<double> result)
    {
        int n = here.Length;
        for (int j = 0; j < n; j++)
        {
            ReadOnlySpan<Vector<double>> c = Plane.Row(w, j, padded);
            ReadOnlySpan<Vector<double>> b = Plane.Row(w, Math.Max(0, j - 1), padded),
                a = Plane.Row(w, Math.Min(n - 1, j + 1), padded);
            ReadOnlySpan<Vector<double>> a2 = Plane.Row(w, Math.Min(n - 1, j + 2), padded);
            Span<Vector<double>> to = Plane.Row(result, j, padded);
            double far = j == 0 ? second : 0;
            for (int k = 0; k < to.Length; k++)
            {
                to[k] = (below[j] * b[k]) + (here[j] * c[k]) + (above[j] * a[k]) + (far * a2[k]);
            }
        }
    }

    /// <summary>W_v; zero in the first and last row, where it is not asked for.</summary>
    public void Slope(ReadOnlySpan<double> w, int row, double factor, Span<double> result)
    {
        ReadOnlySpan<Vector<double>> b = Plane.Row(w, row - 1, padded),
            c = Plane.Row(w, row, padded),
            a = Plane.Row(w, row + 1, padded);
        Span<Vector<double>> to = Plane.Row(result, 0, padded);
        double below1 = factor * slopeBelow[row];
        double here1 = factor * slopeHere[row];
        double above1 = factor * slopeAbove[row];
        for (int k = 0; k < to.Length; k++)
        {
            to[k] = (below1 * b[k]) + (here1 * c[k]) + (above1 * a[k]);
        }
    }

    public void Solve(Span<double> w)
    {
        int n = here.Length;
        Span<Vector<double>> first = Plane.Row(w, 0, padded),
            next = Plane.Row(w, 1, padded);
        for (int k = 0; k < first.Length; k++)
        {
            first[k] -= firstFactor * next[k];
        }

        for (int j = 1; j < n; j++)
        {
            ReadOnlySpan<Vector<double>> b = Plane.Row(w, j - 1, padded);
            Span<Vector<double>> c = Plane.Row(w, j, padded);
            double factor = left[j];
            for (int k = 0; k < c.Length; k++)
            {
                c[k] -= factor * b[k];
            }
        }

        Span<Vector<double>> last = Plane.Row(w, n - 1, padded);
        for (int k = 0; k < last.Length; k++)
        {
            last[k] *= inverse[n - 1];
        }

        for (int j = n - 2; j >= 0; j--)
        {
            ReadOnlySpan<Vector<double>> a = Plane.Row(w, j + 1, padded);
            Span<Vector<double>> c = Plane.Row(w, j, padded);
            double beside =
                j > 0 ? -length * above[j] : (-length * above[0]) - (firstFactor * (1 - (length * here[1])));
            double pivot = inverse[j];
            for (int k = 0; k < c.Length; k++)
            {
                c[k] = pivot * (c[k] - (beside * a[k]));
            }
        }
    }
}
