using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Reference;

/// <summary>
/// The exercise boundary b(t) = B/K of an American put, t the time left: ln^2 b interpolated at Chebyshev nodes in
/// sqrt(t), the nodes found by fixed point on
/// one of two equations (Andersen, Lake, Offengenden 2016, J. Computational Finance 20), time integrals by tanh-sinh,
/// which minds no end point.
/// </summary>
internal sealed class ExerciseBoundary
{
    private const int MostSweeps = 200;

    private readonly double maturity;
    private readonly double rate;
    private readonly double sigma;
    private readonly double[] height;
    private readonly (double Node, double Weight)[] rule;

    /// <param name="slopes">Which equation: slopes match, else values match.</param>
    /// <param name="step">Of the tanh-sinh rule.</param>
    public ExerciseBoundary(double maturity, double rate, double sigma, int nodes, double step, bool slopes)
    {
        (this.maturity, this.rate, this.sigma) = (maturity, rate, sigma);
        height = new double[nodes + 1];
        rule = TanhSinh(step);
        if (rate > 0)
        {
            Solve(slopes);
        }
    }

    public double At(double time) => Math.Exp(-Math.Sqrt(Interpolated(time)));

    /// <summary>r int_0^T e^{-ru} N(-d2(x/b(T - u), u)) du for a spot of x strikes.</summary>
    public double Premium(double x)
    {
        double sum = 0;
        foreach ((double y, double weight) in rule)
        {
            double u = maturity * y * y;
            sum += weight * y * Math.Exp(-rate * u) * Normal.Cdf(-D2(x / At(maturity - u), u));
        }

        return 2 * rate * maturity * sum;
    }

    private void Solve(bool slopes)
    {
        int last = height.Length - 1;
        double perpetual = 2 * rate / ((sigma * sigma) + (2 * rate));
        for (int i = 1; i <= last; i++)
        {
            double start = perpetual + ((1 - perpetual) * Math.Exp(-sigma * Math.Sqrt(8 * Time(i)) / (1 - perpetual)));
            height[i] = Math.Pow(Math.Log(start), 2);
        }

        for (int sweep = 0; sweep < MostSweeps; sweep++)
        {
            // The slope equation overshoots from afar: it starts on the values' equation, which does not.
            bool useSlopes = slopes && sweep >= 6;
            double change = 0;
            double[] next = [.. height];
            for (int i = 1; i <= last; i++)
            {
                double b = Math.Exp(-Math.Sqrt(height[i]));
                double updated = Math.Clamp(useSlopes ? BySlopes(Time(i), b) : ByValues(Time(i), b), perpetual, 1);
                updated = useSlopes ? 0.5 * (updated + b) : updated;
                next[i] = Math.Pow(Math.Log(updated), 2);
                change = Math.Max(change, Math.Abs(updated - b));
            }

            next.CopyTo(height, 0);
            // What is left to move is some ten times the last change.
            if (change < 1e-12)
            {
                return;
            }
        }
    }

    private double ByValues(double time, double b)
    {
        double sum = 0;
        foreach ((double y, double weight) in rule)
        {
            double u = time * y * y;
            sum += weight * y * Math.Exp(-rate * u) * Normal.Cdf(D2(b / At(time - u), u));
        }

        double d2 = D2(b, time);
        return ((Math.Exp(-rate * time) * Normal.Cdf(d2)) + (2 * rate * time * sum))
            / Normal.Cdf(d2 + (sigma * Math.Sqrt(time)));
    }

    private double BySlopes(double time, double b)
    {
        // The density's 1/sqrt(u) is cancelled by du = 2 time y dy.
        double sum = 0;
        foreach ((double y, double weight) in rule)
        {
            double u = time * y * y;
            sum += weight * Math.Exp(-rate * u) * Normal.Density(D2(b / At(time - u), u));
        }

        double v = sigma * Math.Sqrt(time);
        double d2 = D2(b, time);
        double above = (Math.Exp(-rate * time) * Normal.Density(d2) / v) + (2 * rate * Math.Sqrt(time) / sigma * sum);
        return above / ((Normal.Density(d2 + v) / v) + Normal.Cdf(d2 + v));
    }

    private double D2(double ratio, double time)
    {
        double v = sigma * Math.Sqrt(time);
        return v == 0
            ? (
                ratio > 1 ? 40
                : ratio < 1 ? -40
                : 0
            )
            : ((Math.Log(ratio) + (rate * time)) / v) - (0.5 * v);
    }

    private double Time(int node)
    {
        double root = 0.5 * (1 - Math.Cos(Math.PI * node / (height.Length - 1)));
        return maturity * root * root;
    }

    private double Interpolated(double time)
    {
        int last = height.Length - 1;
        double x = 1 - (2 * Math.Sqrt(Math.Max(0, time) / maturity));
        double above = 0;
        double below = 0;
        for (int i = 0; i <= last; i++)
        {
            double distance = x - Math.Cos(Math.PI * i / last);
            if (distance == 0)
            {
                return height[i];
            }

            double weight = ((i & 1) == 0 ? 1 : -1) * (i == 0 || i == last ? 0.5 : 1) / distance;
            above += weight * height[i];
            below += weight;
        }

        return Math.Max(0, above / below);
    }

    /// <summary>Nodes on (0, 1): y = (1 + tanh(pi/2 sinh t))/2.</summary>
    private static (double Node, double Weight)[] TanhSinh(double step)
    {
        var rule = new List<(double, double)>();
        for (int j = (int)(-3.2 / step); j <= (int)(3.2 / step); j++)
        {
            double t = j * step;
            double inner = 0.5 * Math.PI * Math.Sinh(t);
            double cosh = Math.Cosh(inner);
            rule.Add((1 / (1 + Math.Exp(-2 * inner)), step * 0.25 * Math.PI * Math.Cosh(t) / (cosh * cosh)));
        }

        return [.. rule];
    }
}
