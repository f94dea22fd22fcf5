using System.Globalization;

namespace Headrace.Apps.Benchop.Models;

/// <summary>Detects means whose standard error cannot be trusted.</summary>
internal static class SampleChecks
{
    /// <summary>
    /// With fewer effective points, a value depends on a few large samples, and one that is larger still may be
    /// missing.
    /// </summary>
    private const double MinEffective = 100;

    /// <summary>Returns null, or the reason why a mean cannot be trusted.</summary>
    public static string? Violation(ReadOnlySpan<double> effective, ReadOnlySpan<double> spots)
    {
        for (var i = 0; i < effective.Length; i++)
            if (!(effective[i] >= MinEffective))
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"At S={spots[i]:R}, the value depends on {effective[i]:F0} paths (effective number), too few to "
                        + $"estimate it. Increase the work parameter or use another method."
                );

        return null;
    }
}
