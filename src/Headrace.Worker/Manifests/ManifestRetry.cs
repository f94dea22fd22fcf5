using System.Text.Json;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;

namespace Headrace.Worker.Manifests;

/// <summary>Reads the retry policy of a method, and the error types after which its jobs are not retried.</summary>
internal static class ManifestRetry
{
    private static readonly TimeSpan MaxDelay = TimeSpan.FromDays(36_500);

    /// <summary>Returns the manifest with the policy that the member <c>retry</c> specifies.</summary>
    public static MethodManifest Read(ManifestValues values, LocatedJson value, MethodManifest manifest)
    {
        var options = new RetryOptions();
        values.Object(
            value,
            "retry",
            new Dictionary<string, Action<LocatedJson>>
            {
                ["max"] = v => options = options with { Max = values.Whole(v, "max", 0, 1_000, 3) },
                ["delay"] = v => options = options with { Delay = ReadDelay(values, v, "delay") },
                ["factor"] = v => options = options with { Factor = ReadNumber(values, v, "factor", 1, 100) },
                ["maxDelay"] = v => options = options with { MaxDelay = ReadDelay(values, v, "maxDelay") },
                ["jitter"] = v => options = options with { Jitter = ReadNumber(values, v, "jitter", 0, 1) },
                ["never"] = v => manifest = manifest with { PermanentErrors = values.Texts(v, "never") },
            }
        );
        if (RetryText.Fault(options) is { } fault)
            values.Add(value.Place, $"retry is not valid: {fault}");
        return manifest with { Retry = options };
    }

    private static TimeSpan ReadDelay(ManifestValues values, LocatedJson value, string what) =>
        values.Duration(value, what, TimeSpan.Zero, MaxDelay, MaxDelay);

    private static double ReadNumber(ManifestValues values, LocatedJson value, string what, double min, double max)
    {
        if (
            value.Kind == JsonValueKind.Number
            && NumberText.TryParse(value.Text, out var number)
            && number >= min
            && number <= max
        )
            return number;
        values.Add(
            value.Place,
            FormattableString.Invariant($"{what} must be a number from {min} to {max}, not {value.Text}.")
        );
        return max;
    }
}
