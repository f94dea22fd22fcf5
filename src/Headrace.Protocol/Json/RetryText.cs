using System.Globalization;
using Headrace.Core.Jobs;

namespace Headrace.Protocol.Json;

/// <summary>
/// Reads, checks and formats retry options: as JSON, and in the command-line form,
/// <c>max=5,delay=1s,factor=2,max-delay=1m,jitter=0.25</c>.
/// </summary>
internal static class RetryText
{
    public const string Format =
        "max=N, delay=DURATION, factor=X, max-delay=DURATION and jitter=X, separated by commas, such as "
        + "max=5,delay=1s,factor=2,max-delay=1m";

    private const string Members = "max, delay, factor, maxDelay, jitter";

    /// <summary>
    /// Returns a sentence that describes the error in the first invalid option; null if all options are valid.
    /// </summary>
    public static string? Fault(RetryOptions options)
    {
        if (options.Max is < 0 or > RetryOptions.MaxRetries)
            return $"max is {options.Max}. Use a whole number from 0 to {RetryOptions.MaxRetries}.";
        if (Fault("delay", options.Delay) is { } delayFault)
            return delayFault;
        if (options.Factor is not null and not (>= 1 and <= RetryOptions.MaxFactor))
            return $"factor is {Number(options.Factor)}. Use a number from 1 to {Number(RetryOptions.MaxFactor)}.";
        if (Fault("maxDelay", options.MaxDelay) is { } maxDelayFault)
            return maxDelayFault;
        if (options.Jitter is not null and not (>= 0 and <= 1))
            return $"jitter is {Number(options.Jitter)}. Use a number from 0 to 1.";
        return options.MaxDelay < options.Delay
            ? $"maxDelay is {DurationText.ToText(options.MaxDelay.Value)}, but delay is "
                + $"{DurationText.ToText(options.Delay.Value)}. maxDelay must not be shorter than delay."
            : null;
    }

    /// <summary>
    /// Reads options from JSON. If they are not valid, returns false and a sentence that describes the error.
    /// </summary>
    public static bool TryRead(RetryTerms terms, out RetryOptions options, out string fault)
    {
        options = RetryOptions.None;
        fault = "";
        if (terms.Unknown is { Count: > 0 } unknown)
            fault = $"There is no member '{ClippedText.Of(unknown.Keys.First())}'. Valid members: {Members}.";
        else if (!TryDuration("delay", terms.Delay, out var delay, out var why))
            fault = why;
        else if (!TryDuration("maxDelay", terms.MaxDelay, out var maxDelay, out why))
            fault = why;
        else
        {
            options = new RetryOptions
            {
                Max = terms.Max,
                Delay = delay,
                Factor = terms.Factor,
                MaxDelay = maxDelay,
                Jitter = terms.Jitter,
            };
            fault = Fault(options) ?? "";
        }
        return fault.Length == 0;
    }

    /// <summary>
    /// Parses the command-line form. If it is not valid, returns false and a sentence that describes the error.
    /// </summary>
    public static bool TryParse(string text, out RetryOptions options, out string fault)
    {
        options = RetryOptions.None;
        fault = "";
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var part in text.Split(','))
        {
            var separator = part.IndexOf('=', StringComparison.Ordinal);
            var (name, value) = separator < 1 ? (part, "") : (part[..separator].Trim(), part[(separator + 1)..].Trim());
            if (separator < 1 || !seen.Add(name) || Set(options, name, value) is not { } changed)
            {
                fault = $"'{ClippedText.Of(part)}' is not valid here. Use {Format}; each at most once.";
                return false;
            }
            options = changed;
        }
        fault = Fault(options) ?? "";
        return fault.Length == 0;
    }

    public static RetryTerms ToTerms(RetryOptions options) =>
        new()
        {
            Max = options.Max,
            Delay = options.Delay is { } delay ? DurationText.ToText(delay) : null,
            Factor = options.Factor,
            MaxDelay = options.MaxDelay is { } maxDelay ? DurationText.ToText(maxDelay) : null,
            Jitter = options.Jitter,
        };

    /// <summary>Returns options in the command-line form; empty if none are set.</summary>
    public static string ToText(RetryTerms terms) =>
        string.Join(
            ',',
            new[]
            {
                ("max", terms.Max?.ToString(CultureInfo.InvariantCulture)),
                ("delay", terms.Delay),
                ("factor", terms.Factor?.ToString(CultureInfo.InvariantCulture)),
                ("max-delay", terms.MaxDelay),
                ("jitter", terms.Jitter?.ToString(CultureInfo.InvariantCulture)),
            }
                .Where(member => member.Item2 is not null)
                .Select(member => $"{member.Item1}={member.Item2}")
        );

    private static RetryOptions? Set(RetryOptions options, string name, string value) =>
        name switch
        {
            "max" when int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var max) =>
                options with
                {
                    Max = max,
                },
            "delay" when DurationText.TryParse(value, out var delay) => options with { Delay = delay },
            "factor" when NumberText.TryParse(value, out var factor) => options with { Factor = factor },
            "max-delay" or "maxDelay" when DurationText.TryParse(value, out var maxDelay) => options with
            {
                MaxDelay = maxDelay,
            },
            "jitter" when NumberText.TryParse(value, out var jitter) => options with { Jitter = jitter },
            _ => null,
        };

    private static bool TryDuration(string name, string? text, out TimeSpan? duration, out string fault)
    {
        (duration, fault) = (null, "");
        if (text is null)
            return true;
        if (DurationText.TryParse(text, out var parsed))
        {
            duration = parsed;
            return true;
        }
        fault = $"{name} is '{ClippedText.Of(text)}', which is not valid. Use {DurationText.Format}.";
        return false;
    }

    private static string? Fault(string name, TimeSpan? duration) =>
        duration < TimeSpan.Zero || duration > RetryOptions.LongestDelay
            ? $"{name} is {DurationText.ToText(duration.Value)}. Use a duration from 0s to "
                + $"{DurationText.ToText(RetryOptions.LongestDelay)}."
            : null;

    private static string Number(double? number) => number!.Value.ToString(CultureInfo.InvariantCulture);
}
