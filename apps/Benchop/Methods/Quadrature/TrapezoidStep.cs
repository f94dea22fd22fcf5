namespace Headrace.Apps.Benchop.Methods.Quadrature;

/// <summary>
/// The step of the midpoint rule that balances its two errors on Heston's integrand: cutting off after n nodes, e^{-L} with L the decay of the
/// characteristic function there, and spacing h, e^{-a (2 pi/h - |k|)} with a the distance from the contour to the nearest singularity.
/// </summary>
internal static class TrapezoidStep
{
    // e^-38 is below a double's rounding: more decay than this is never worth a wider step.
    private const double MostDecay = 38;

    public static double Of(Models.Heston model, double maturity, double expectedVariance, int nodes, double farthest)
    {
        double strip = StripHalfWidth(model);

        // |f| decays as exp(-(sqrt(c^2 u^2 + m^2) - m)): curvature = the variance at small u, slope c at large u.
        double free = Math.Sqrt(Math.Max(1 - (model.Correlation * model.Correlation), 1e-4));
        double slope = free * (model.InitialVariance + (model.Reversion * model.LongVariance * maturity)) / model.VolOfVol;
        double m = slope * slope / expectedVariance;

        double low = 0;
        double high = MostDecay;
        for (int i = 0; i < 20; i++)
        {
            double decay = 0.5 * (low + high);
            double step = Reach(decay) / nodes;
            bool spacingIsBetter = SpacingDecay(step) > decay;
            (low, high) = spacingIsBetter ? (decay, high) : (low, decay);
        }

        return Reach(0.5 * (low + high)) / nodes;

        double Reach(double decay) => Math.Sqrt(decay * (decay + (2 * m))) / slope;

        // A normal law has no singularity, only growth e^{v a^2/2} off the axis: the best a is then 2 pi/(h v).
        double SpacingDecay(double step)
        {
            double pull = (2 * Math.PI / step) - farthest;
            double a = Math.Min(strip, pull / expectedVariance);
            return (a * pull) - (0.5 * expectedVariance * a * a);
        }
    }

    /// <summary>
    /// The exponents s at which E[S^s] starts to be in danger are the roots of (kappa - rho sigma s)^2 + sigma^2 (s - s^2) = 0; the contour
    /// runs at s = 1/2. The moments explode somewhat further out, so this is on the safe side.
    /// </summary>
    private static double StripHalfWidth(Models.Heston model)
    {
        double a = model.VolOfVol * model.VolOfVol * Math.Max(1 - (model.Correlation * model.Correlation), 1e-12);
        double b = (model.VolOfVol * model.VolOfVol) - (2 * model.Reversion * model.Correlation * model.VolOfVol);
        double root = Math.Sqrt((b * b) + (4 * a * model.Reversion * model.Reversion));
        double upper = (b + root) / (2 * a);
        double lower = (b - root) / (2 * a);
        return Math.Max(0.5, Math.Min(upper - 0.5, 0.5 - lower));
    }
}
