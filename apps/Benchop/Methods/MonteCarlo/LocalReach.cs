using Headrace.Apps.Benchop.Models;

namespace Headrace.Apps.Benchop.Methods.MonteCarlo;

/// <summary>
/// Estimates an upper bound for the standard deviation of the log-price over the life of the option. The bound is based
/// on the largest volatility within four standard deviations.
/// </summary>
internal static class LocalReach
{
    public const double Max = 3;

    /// <summary>Returns the bound, or null if it exceeds <see cref="Max"/>.</summary>
    public static double? Of(LocalVolatility model, double spot, double maturity)
    {
        var reach = Math.Sqrt(model.Variance(spot, spot, 0.5 * maturity) * maturity);
        for (var round = 0; round < 3; round++)
        {
            double largest = 0;
            for (var time = 0.25; time <= 1; time += 0.25)
                for (var x = -4; x <= 4; x++)
                {
                    var price = spot * Math.Exp((x * reach) + (model.Rate * time * maturity));
                    largest = Math.Max(largest, model.Variance(spot, price, time * maturity));
                }

            reach = Math.Sqrt(largest * maturity);
            if (!(reach <= Max))
                return null;
        }

        return reach;
    }
}
