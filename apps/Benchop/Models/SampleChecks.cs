using System.Globalization;

namespace Headrace.Apps.Benchop.Models;

/// <summary>Detects means whose standard error cannot be trusted.</summary>
internal static class SampleChecks
{
    /// <summary>
    /// With fewer effective points, a value depends on a few large samples, and an even larger sample may be missing.
    /// </summary>
    private const double MinEffective = 100;

    /// <summary>Returns the reason why one of the means cannot be trusted; null if all of them can.</summary>
    public static string? Violation(ReadOnlySpan<double> effective, ReadOnlySpan<double> spots)
    {
        for (var i = 0; i < effective.Length; i++)
            if (!(effective[i] >= MinEffective))
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"At S={spots[i]:R}, the effective number of paths is only {effective[i]:F0}, which is too few to "
                        + $"estimate the value. Increase the work parameter or use another method."
                );

        return null;
    }
}
