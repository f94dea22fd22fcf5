using System.Globalization;

namespace Headrace.Server.Http;

/// <summary>
/// Reads <c>wait=N</c> from the <c>Prefer</c> header (RFC 7240). Other preferences are ignored, as the RFC allows.
/// </summary>
internal static class Preference
{
    public const int MaxWait = 30;

    /// <summary>
    /// Returns how long the caller wants to wait for the job to end, or null if the headers do not request a wait.
    /// </summary>
    public static Result<TimeSpan?> Wait(IEnumerable<string?> headers)
    {
        foreach (var header in headers)
            foreach (var preference in (header ?? "").Split(','))
            {
                // The text after a semicolon contains parameters of the preference. It is ignored because wait has no
                // parameters.
                var parts = preference.Split(';')[0].Split('=', 2);
                if (!parts[0].Trim().Equals("wait", StringComparison.OrdinalIgnoreCase))
                    continue;
                var value = parts.Length > 1 ? parts[1].Trim().Trim('"') : "";
                if (
                    int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                    && seconds <= MaxWait
                )
                    return TimeSpan.FromSeconds(seconds);
                return Problem.BadRequest(
                    $"The preference '{preference.Trim()}' is not valid. Use whole seconds from 0 to {MaxWait}, "
                        + "for example 'Prefer: wait=10'."
                );
            }
        return (TimeSpan?)null;
    }
}
