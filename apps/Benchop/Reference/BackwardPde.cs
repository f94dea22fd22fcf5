using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Reference;

/// <summary>
/// Solves the backward equation of a put, u_tau = 1/2 sigma^2 s^2 u_ss + r s u_s - r u, on one mapped grid, by central
/// differences and one of two time schemes. The strike is a node, so the errors have regular expansions in the step and
/// can be extrapolated.
/// </summary>
/// <param name="map">Maps xi to s, ds/dxi and d2s/dxi2, where xi = 0 is the strike.</param>
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
    /// <summary>Performs trapezoidal steps after four implicit half steps (Rannacher).</summary>
    public double[] CrankNicolson(int cells, int steps, ReadOnlySpan<double> at)
    {
        State state = new(this, cells);
        for (var i = 0; i < 4; i++)
            state.Theta(Time(0.5 * i / steps), Time(0.5 * (i + 1) / steps), 1);

        for (var n = 2; n < steps; n++)
        {
            Cancellation.Check();
            state.Theta(Time((double)n / steps), Time((n + 1.0) / steps), 0.5);
        }

        return state.Read(at);
    }

    /// <summary>
    /// Performs steps of TR-BDF2: a trapezoidal stage over 2 - sqrt 2 of the step, followed by the second-order
    /// backward difference.
    /// </summary>
    public double[] TrBdf2(int cells, int steps, ReadOnlySpan<double> at)
    {
        State state = new(this, cells);
        var gamma = 2 - Math.Sqrt(2);
        for (var n = 0; n < steps; n++)
        {
            Cancellation.Check();
            var from = Time((double)n / steps);
            var to = Time((n + 1.0) / steps);
            double[] before = [.. state.Values];
            state.Theta(from, from + (gamma * (to - from)), 0.5);
            for (var i = 0; i < before.Length; i++)
                state.Values[i] =
                    ((state.Values[i] / gamma) - (before[i] * (1 - gamma) * (1 - gamma) / gamma)) / (2 - gamma);

            state.Implicit(to, (1 - gamma) / (2 - gamma) * (to - from));
        }

        return state.Read(at);
    }

    private sealed class State
    {
        private readonly BackwardPde _pde;
        private readonly double _h;
        private readonly int _below;
        private readonly double[] _s;
        private readonly double[] _s1;
        private readonly double[] _s2;
        private readonly double[] _lower;
        private readonly double[] _middle;
        private readonly double[] _upper;
        private readonly double[] _right;
        private readonly double[] _swept;
        private double _filled = double.NaN;

        public State(BackwardPde pde, int cells)
        {
            _pde = pde;

            // The number of cells to the left of the strike is rounded to a whole number, so the strike is a node; the
            // right end moves by less than one cell. The tolerance keeps a quotient that exceeds a whole number by a
            // rounding error from adding a cell. Otherwise, the step would not be halved exactly from one grid to the
            // next, as the extrapolation assumes.
            _below = (int)Math.Ceiling((cells * -pde.Left / (pde.Right - pde.Left)) - 1e-9);
            _h = -pde.Left / _below;
            var nodes = cells + 1;
            (_s, _s1, _s2) = (new double[nodes], new double[nodes], new double[nodes]);
            (_lower, _middle, _upper, _right, _swept) = (
                new double[nodes],
                new double[nodes],
                new double[nodes],
                new double[nodes],
                new double[nodes]
            );
            Values = new double[nodes];
            for (var i = 0; i < nodes; i++)
            {
                (_s[i], _s1[i], _s2[i]) = pde.Map((i - _below) * _h);
                Values[i] = Math.Max(0, pde.Strike - _s[i]);
            }
        }

        public double[] Values { get; }

        /// <summary>Solves (I - theta k L(to)) new = (I + (1 - theta) k L(from)) old.</summary>
        public void Theta(double from, double to, double theta)
        {
            if (theta < 1)
                Explicit(from, (1 - theta) * (to - from));

            Implicit(to, theta * (to - from));
        }

        public void Implicit(double tau, double k)
        {
            Fill(tau);
            var last = Values.Length - 1;
            Values[0] = Math.Max(0, (_pde.Strike * Math.Exp(-_pde.Model.Rate * tau)) - _s[0]);
            Values[last] = 0;
            _right[0] = Values[0];
            for (var i = 1; i < last; i++)
            {
                var a = -k * _lower[i];
                var pivot = 1 - (k * _middle[i]) - (a * _swept[i - 1]);
                _right[i] = (Values[i] - (a * _right[i - 1])) / pivot;
                _swept[i] = -k * _upper[i] / pivot;
            }

            for (var i = last - 1; i > 0; i--)
                Values[i] = _right[i] - (_swept[i] * Values[i + 1]);
        }

        public double[] Read(ReadOnlySpan<double> at)
        {
            var values = new double[at.Length];
            for (var p = 0; p < at.Length; p++)
            {
                var position = _pde.Inverse(at[p], left: -_below * _h, right: (Values.Length - 1 - _below) * _h) / _h;
                var first = Math.Clamp((int)Math.Floor(position) - 4 + _below, 0, Values.Length - 10);
                var t = position + _below - first;
                for (var i = 0; i < 10; i++)
                {
                    double weight = 1;
                    for (var j = 0; j < 10; j++)
                        weight *= j == i ? 1 : (t - j) / (i - j);

                    values[p] += weight * Values[first + i];
                }
            }

            return values;
        }

        private void Explicit(double tau, double k)
        {
            Fill(tau);
            var before = Values[0];
            for (var i = 1; i < Values.Length - 1; i++)
            {
                var value =
                    Values[i] + (k * ((_lower[i] * before) + (_middle[i] * Values[i]) + (_upper[i] * Values[i + 1])));
                before = Values[i];
                Values[i] = value;
            }
        }

        private void Fill(double tau)
        {
            // The explicit stage starts at the time at which the previous implicit stage ended, so the coefficients are
            // already known.
            if (tau == _filled)
                return;

            _filled = tau;
            var t = Math.Max(0, _pde.Maturity - tau);
            var r = _pde.Model.Rate;
            for (var i = 1; i < Values.Length - 1; i++)
            {
                var diffusion = 0.5 * _pde.Model.Variance(_pde.Spot, _s[i], t) * _s[i] * _s[i] / (_s1[i] * _s1[i]);
                var drift = ((r * _s[i]) - (diffusion * _s2[i])) / _s1[i];
                _lower[i] = (diffusion / (_h * _h)) - (0.5 * drift / _h);
                _upper[i] = (diffusion / (_h * _h)) + (0.5 * drift / _h);
                _middle[i] = (-2 * diffusion / (_h * _h)) - r;
            }
        }
    }

    /// <summary>
    /// Returns the time to maturity after a fraction of the steps. Near today a surface of implied variances varies
    /// like the square root of calendar time; with quadratic spacing, it is a smooth function of the step.
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
        for (var i = 0; i < 200; i++)
        {
            var middle = 0.5 * (left + right);
            (left, right) = map(middle).S < s ? (middle, right) : (left, middle);
        }

        return 0.5 * (left + right);
    }
}
