using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.Laguerre;

/// <summary>The two-dimensional transform of <see cref="LaguerreDividend"/> on its nodes.</summary>
internal sealed class LaguerrePlane
{
    private readonly double p;
    private readonly double q;
    private readonly double scale;
    private readonly double[] s;
    private readonly double[] u;

    // Row r of the plane: values at u[r] and all s, weights included.
    private readonly double[] re;
    private readonly double[] im;

    public LaguerrePlane(double deviation, double deviationAfter, int work)
    {
        GaussLaguerre rule = GaussLaguerre.Of(work);
        int nodes = rule.Nodes.Length;
        double both = Math.Sqrt((deviation * deviation) + (deviationAfter * deviationAfter));
        p = 1 + (1.5 / both);
        q = 1.5 / deviation;
        double scaleS = LaguerreScale.Of(Math.Sqrt(2 * LaguerreScale.Decay) / deviation, rule);
        double scaleU = LaguerreScale.Of(Math.Sqrt(2 * LaguerreScale.Decay) / deviationAfter, rule);
        scale = scaleS * scaleU / (2 * Math.PI * Math.PI);
        s = new double[nodes];
        u = new double[2 * nodes];
        for (int j = 0; j < nodes; j++)
        {
            s[j] = scaleS * rule.Nodes[j];
            u[j] = scaleU * rule.Nodes[j];
            u[nodes + j] = -u[j];
        }

        re = new double[2 * nodes * nodes];
        im = new double[2 * nodes * nodes];
        Fill(new GaussianReturn(deviation * deviation), new GaussianReturn(deviationAfter * deviationAfter), rule);
    }

    /// <summary>E[(e^k - e^Y)^+ 1{X &lt;= b}].</summary>
    public double PutBelow(double k, double b)
    {
        // The phase e^{-iuk - iwb} = e^{-isb} e^{iu(b - k)}.
        int nodes = s.Length;
        Span<double> cosines = stackalloc double[nodes];
        Span<double> sines = stackalloc double[nodes];
        for (int j = 0; j < nodes; j += Lanes.Count)
        {
            (Vector256<double> sin, Vector256<double> cos) = Vector256.SinCos(
                Vector256.Create(s, j) * Vector256.Create(-b)
            );
            cos.CopyTo(cosines[j..]);
            sin.CopyTo(sines[j..]);
        }

        double sum = 0;
        for (int r = 0; r < u.Length; r++)
        {
            Vector256<double> rowRe = Vector256<double>.Zero;
            Vector256<double> rowIm = Vector256<double>.Zero;
            for (int j = 0; j < nodes; j += Lanes.Count)
            {
                Vector256<double> a = Vector256.Create(re, (r * nodes) + j);
                Vector256<double> c = Vector256.Create(im, (r * nodes) + j);
                Vector256<double> cos = Vector256.Create<double>(cosines[j..]);
                Vector256<double> sin = Vector256.Create<double>(sines[j..]);
                rowRe += (a * cos) - (c * sin);
                rowIm += (a * sin) + (c * cos);
            }

            (double turnSin, double turnCos) = Math.SinCos(u[r] * (b - k));
            sum += (Vector256.Sum(rowRe) * turnCos) - (Vector256.Sum(rowIm) * turnSin);
        }

        return Math.Exp((p * k) + (q * b)) * scale * sum;
    }

    private void Fill(GaussianReturn toDividend, GaussianReturn toMaturity, GaussLaguerre rule)
    {
        int nodes = s.Length;
        for (int r = 0; r < u.Length; r++)
        {
            Vector256<double> row = Vector256.Create(u[r]);
            ComplexLanes alongU =
                toMaturity.Characteristic(row, 1 - p)
                / (new ComplexLanes(Vector256.Create(p - 1), -row) * new ComplexLanes(Vector256.Create(p), -row));
            alongU *= Vector256.Create(rule.Weights[r % nodes]);
            for (int j = 0; j < nodes; j += Lanes.Count)
            {
                Vector256<double> column = Vector256.Create(s, j);
                ComplexLanes value =
                    toDividend.Characteristic(column, 1 - p - q)
                    * alongU
                    / new ComplexLanes(Vector256.Create(q), row - column);
                value *= Vector256.Create(rule.Weights[j..]);
                value.Re.CopyTo(re, (r * nodes) + j);
                value.Im.CopyTo(im, (r * nodes) + j);
            }
        }
    }
}
