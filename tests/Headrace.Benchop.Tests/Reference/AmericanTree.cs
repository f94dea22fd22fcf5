namespace Headrace.Benchop.Tests.Reference;

/// <summary>
/// The binomial tree of Cox, Ross and Rubinstein, averaged over n and n + 1 steps and used only for the gain from early
/// exercise. It is accurate to about five digits of the put's value and shares no code with the methods.
/// </summary>
internal static class AmericanTree
{
    public static double ExercisePremium(
        double spot,
        double strike,
        double rate,
        double sigma,
        double maturity,
        int steps
    ) => 0.5 * (One(spot, strike, rate, sigma, maturity, steps) + One(spot, strike, rate, sigma, maturity, steps + 1));

    private static double One(double spot, double strike, double rate, double sigma, double maturity, int steps)
    {
        var time = maturity / steps;
        var up = Math.Exp(sigma * Math.Sqrt(time));
        var chance = (Math.Exp(rate * time) - (1 / up)) / (up - (1 / up));
        var discount = Math.Exp(-rate * time);
        var american = new double[steps + 1];
        var european = new double[steps + 1];
        for (var step = steps; step >= 0; step--)
        {
            var at = spot * Math.Exp(-sigma * Math.Sqrt(time) * step);
            for (var i = 0; i <= step; i++, at *= up * up)
            {
                var exercised = strike - at;
                european[i] =
                    step == steps
                        ? Math.Max(0, exercised)
                        : discount * ((chance * european[i + 1]) + ((1 - chance) * european[i]));
                american[i] =
                    step == steps
                        ? Math.Max(0, exercised)
                        : Math.Max(exercised, discount * ((chance * american[i + 1]) + ((1 - chance) * american[i])));
            }
        }

        return american[0] - european[0];
    }
}
