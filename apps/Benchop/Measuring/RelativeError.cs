namespace Headrace.Apps.Benchop.Measuring;

/// <summary>The benchmark's error: the largest |U - Uref|/|Uref| over the points.</summary>
internal static class RelativeError
{
    /// <summary>Null, with the reason, where a reference value is too small to be divided by.</summary>
    public static (double? Error, string? Reason) Of(IReadOnlyList<double> values, IReadOnlyList<double> reference)
    {
        double worst = 0;
        for (var i = 0; i < reference.Count; i++)
        {
            var error = Math.Abs(values[i] - reference[i]) / Math.Abs(reference[i]);
            if (!double.IsFinite(error))
                return (
                    null,
                    FormattableString.Invariant(
                        $"The reference at point {i + 1} is {reference[i]:R}, so that a relative error does not exist; move the point."
                    )
                );

            worst = Math.Max(worst, error);
        }

        return (worst, null);
    }
}
