using System.Globalization;

namespace Headrace.Server.Http;

/// <summary>
/// Reads the header <c>Prefer</c> (RFC 7240) as far as it concerns us: <c>wait=N</c>. Other preferences may be ignored,
/// and are.
/// </summary>
internal static class Preference
{
    public const int MaxWait = 30;

    /// <summary>How long the caller would wait for the job's end; null where it did not ask for that.</summary>
    public static Result<TimeSpan?> Wait(IEnumerable<string?> headers)
    {
        foreach (var header in headers)
            foreach (var preference in (header ?? "").Split(','))
            {
                // Parameters after a semicolon belong to the preference; wait has none.
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
                    $"The preference '{preference.Trim()}' cannot be met: wait takes whole seconds from 0 to {MaxWait}, as in 'Prefer: wait=10'."
                );
            }
        return (TimeSpan?)null;
    }
}
