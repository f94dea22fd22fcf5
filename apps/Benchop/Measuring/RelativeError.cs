using System.Globalization;

namespace Headrace.Apps.Benchop.Measuring;

/// <summary>The benchmark's error measure: the largest |U - Uref|/|Uref| over the points.</summary>
internal static class RelativeError
{
    /// <summary>Returns null and a reason if a reference value is too small to divide by.</summary>
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
