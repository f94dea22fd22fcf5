using System.Globalization;
using Headrace.Apps.Benchop.Methods;

namespace Headrace.Apps.Benchop.Measuring;

/// <summary>The benchmark's error measure: the largest |U - Uref|/|Uref| over the points.</summary>
internal static class RelativeError
{
    /// <summary>Half-width of the 95 % confidence interval of a normal distribution, in standard errors.</summary>
    private const double Deviations = 1.96;

    /// <summary>
    /// Returns the error that is compared with the target. For a sampling method, it is at least the half-width of the
    /// 95 % confidence interval, so that a result that is close only because of its seed does not seem accurate.
    /// Returns infinity if a reference value is too small to be used as a divisor.
    /// </summary>
    public static double OfAnswer(PricingAnswer answer, IReadOnlyList<double> reference)
    {
        var worst = Of(answer.Values, reference).Error ?? double.PositiveInfinity;
        for (var i = 0; i < answer.StandardErrors.Count; i++)
            worst = Math.Max(worst, Deviations * answer.StandardErrors[i] / Math.Abs(reference[i]));

        return worst;
    }

    /// <summary>Returns null and a reason if a reference value is too small to be used as a divisor.</summary>
    public static (double? Error, string? Reason) Of(IReadOnlyList<double> values, IReadOnlyList<double> reference)
    {
        double worst = 0;
        for (var i = 0; i < reference.Count; i++)
        {
            var error = Math.Abs(values[i] - reference[i]) / Math.Abs(reference[i]);
            if (!double.IsFinite(error))
                return (
                    null,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"The reference value at point {i + 1} is {reference[i]:R}, so no relative error can be "
                            + $"computed. Choose another point."
                    )
                );

            worst = Math.Max(worst, error);
        }

        return (worst, null);
    }
}
