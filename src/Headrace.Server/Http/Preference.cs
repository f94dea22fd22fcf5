using System.Globalization;

namespace Headrace.Server.Http;

/// <summary>
/// Reads <c>wait=N</c> from the <c>Prefer</c> header (RFC 7240). A preference never causes an error: invalid and
/// unsupported preferences are ignored, and a wait that exceeds the maximum is shortened. The reply states the applied
/// preference.
/// </summary>
internal static class Preference
{
    public const int MaxWait = 30;

    /// <summary>
    /// Returns how long the caller wants to wait for the job to end, at most <see cref="MaxWait"/> seconds, or null if
    /// the headers do not request a wait. Only the first <c>wait</c> preference is used, as the RFC requires.
    /// </summary>
    public static TimeSpan? Wait(IEnumerable<string?> headers)
    {
        foreach (var header in headers)
            foreach (var preference in (header ?? "").Split(','))
            {
                // The text after a semicolon contains parameters of the preference. It is ignored because wait has no
                // parameters.
                var parts = preference.Split(';')[0].Split('=', 2);
                if (parts[0].Trim().Equals("wait", StringComparison.OrdinalIgnoreCase))
                    return parts.Length > 1 ? Seconds(parts[1].Trim()) : null;
            }
        return null;
    }

    private static TimeSpan? Seconds(string text)
    {
        var digits = text is ['"', .., '"'] && text.Length > 2 ? text[1..^1] : text;
        if (digits.Length == 0 || !digits.All(char.IsAsciiDigit))
            return null;
        // A number that does not fit into an integer requests the maximum wait.
        return TimeSpan.FromSeconds(
            int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                ? Math.Min(seconds, MaxWait)
                : MaxWait
        );
    }
}
