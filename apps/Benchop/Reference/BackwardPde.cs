using Headrace.Apps.Benchop.Models;

namespace Headrace.Apps.Benchop.Reference;

/// <summary>
/// A put's backward equation u_tau = 1/2 sigma^2 s^2 u_ss + r s u_s - r u on one mapped grid, by central differences
/// and one of two time schemes. The strike is
/// a node, so errors have clean expansions in the step and can be extrapolated away.
/// </summary>
/// <param name="map">s, ds/dxi, d2s/dxi2 at xi; xi = 0 is the strike.</param>
internal sealed class BackwardPde(
    LocalVolatility model,
    double spot,
    double strike,
    double maturity,
    Func<double, (double S, double S1, double S2)> map,
    double left,
    double right
)
{
    /// <summary>Trapezoidal steps after four implicit half steps (Rannacher).</summary>
    public double[] CrankNicolson(int cells, int steps, ReadOnlySpan<double> at)
    {
        State state = new(this, cells);
        for (int i = 0; i < 4; i++)
        {
            state.Theta(Time(0.5 * i / steps), Time(0.5 * (i + 1) / steps), 1);
        }

        for (int n = 2; n < steps; n++)
        {
            state.Theta(Time((double)n / steps), Time((n + 1.0) / steps), 0.5);
        }

        return state.Read(at);
    }

    /// <summary>
    /// TR-BDF2: a trapezoidal stage over 2 - sqrt 2 of the step, then the second backward difference.
    /// </summary>
    public double[] TrBdf2(int cells, int steps, ReadOnlySpan<double> at)
    {
        State state = new(this, cells);
        double gamma = 2 - Math.Sqrt(2);
        for (int n = 0; n < steps; n++)
        {
            double from = Time((double)n / steps);
            double to = Time((n + 1.0) / steps);
            double[] before = [.. state.Values];
            state.Theta(from, from + (gamma * (to - from)), 0.5);
            for (int i = 0; i < before.Length; i++)
            {
                state.Values[i] =
                    ((state.Values[i] / gamma) - (before[i] * (1 - gamma) * (1 - gamma) / gamma)) / (2 - gamma);
            }

            state.Implicit(to, (1 - gamma) / (2 - gamma) * (to - from));
        }

        return state.Read(at);
    }

    private sealed class State
    {
        private readonly BackwardPde pde;
        private readonly double h;
        private readonly int below;
        private readonly double[] s;
        private readonly double[] s1;
        private readonly double[] s2;
        private readonly double[] lower;
        private readonly double[] middle;
        private readonly double[] upper;
        private readonly double[] right;
        private readonly double[] swept;
        private double filled = double.NaN;

        public State(BackwardPde pde, int cells)
        {
            this.pde = pde;

            // Cells to the left of the strike such that it falls on a node; the right end moves by less than a cell.
            below = (int)Math.Ceiling(cells * -pde.Left / (pde.Right - pde.Left));
            h = -pde.Left / below;
            int nodes = cells + 1;
            (s, s1, s2) = (new double[nodes], new double[nodes], new double[nodes]);
            (lower, middle, upper, right, swept) = (
                new double[nodes],
                new double[nodes],
                new double[nodes],
                new double[nodes],
                new double[nodes]
            );
            Values = new double[nodes];
            for (int i = 0; i < nodes; i++)
            {
                (s[i], s1[i], s2[i]) = pde.Map((i - below) * h);
                Values[i] = Math.Max(0, pde.Strike - s[i]);
            }
        }

        public double[] Values { get; }

        /// <summary>(I - theta k L(to)) new = (I + (1 - theta) k L(from)) old.</summary>
        public void Theta(double from, double to, double theta)
        {
            if (theta < 1)
            {
                Explicit(from, (1 - theta) * (to - from));
            }

            Implicit(to, theta * (to - from));
        }

        public void Implicit(double tau, double k)
        {
            Fill(tau);
            int last = Values.Length - 1;
            Values[0] = Math.Max(0, (pde.Strike * Math.Exp(-pde.Model.Rate * tau)) - s[0]);
            Values[last] = 0;
            right[0] = Values[0];
            for (int i = 1; i < last; i++)
            {
                double a = -k * lower[i];
                double pivot = 1 - (k * middle[i]) - (a * swept[i - 1]);
                right[i] = (Values[i] - (a * right[i - 1])) / pivot;
                swept[i] = -k * upper[i] / pivot;
            }

            for (int i = last - 1; i > 0; i--)
            {
                Values[i] = right[i] - (swept[i] * Values[i + 1]);
            }
        }

        public double[] Read(ReadOnlySpan<double> at)
        {
            var values = new double[at.Length];
            for (int p = 0; p < at.Length; p++)
            {
                double position = pde.Inverse(at[p], left: -below * h, right: (Values.Length - 1 - below) * h) / h;
                int first = Math.Clamp((int)Math.Floor(position) - 4 + below, 0, Values.Length - 10);
                double t = position + below - first;
                for (int i = 0; i < 10; i++)
                {
                    double weight = 1;
                    for (int j = 0; j < 10; j++)
                    {
                        weight *= j == i ? 1 : (t - j) / (i - j);
                    }

                    values[p] += weight * Values[first + i];
                }
            }

            return values;
        }

        private void Explicit(double tau, double k)
        {
            Fill(tau);
            double before = Values[0];
            for (int i = 1; i < Values.Length - 1; i++)
            {
                double value =
                    Values[i] + (k * ((lower[i] * before) + (middle[i] * Values[i]) + (upper[i] * Values[i + 1])));
                before = Values[i];
                Values[i] = value;
            }
        }

        private void Fill(double tau)
        {
            // The explicit stage begins where the implicit one before it ended.
            if (tau == filled)
            {
                return;
            }

            filled = tau;
            double t = Math.Max(0, pde.Maturity - tau);
            double r = pde.Model.Rate;
            for (int i = 1; i < Values.Length - 1; i++)
            {
                double diffusion = 0.5 * pde.Model.Variance(pde.Spot, s[i], t) * s[i] * s[i] / (s1[i] * s1[i]);
                double drift = ((r * s[i]) - (diffusion * s2[i])) / s1[i];
                lower[i] = (diffusion / (h * h)) - (0.5 * drift / h);
                upper[i] = (diffusion / (h * h)) + (0.5 * drift / h);
                middle[i] = (-2 * diffusion / (h * h)) - r;
            }
        }
    }

    /// <summary>
    /// The time run backward after a share of the steps. A surface of implied variances moves like the square root of
    /// calendar time near today; quadratic
    /// spacing
    /// there makes it smooth again.
    /// </summary>
    private double Time(double share) => model.DependsOnSpot ? maturity * share * (2 - share) : maturity * share;

    private LocalVolatility Model => model;

    private double Spot => spot;

    private double Strike => strike;

    private double Maturity => maturity;

    private double Left => left;

    private double Right => right;

    private (double S, double S1, double S2) Map(double xi) => map(xi);

    private double Inverse(double s, double left, double right)
    {
        for (int i = 0; i < 200; i++)
        {
            double middle = 0.5 * (left + right);
            (left, right) = map(middle).S < s ? (middle, right) : (left, middle);
        }

        return 0.5 * (left + right);
    }
}
