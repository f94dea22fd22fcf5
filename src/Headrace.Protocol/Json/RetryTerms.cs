using System.Text.Json;
using System.Text.Json.Serialization;

namespace Headrace.Protocol.Json;

/// <summary>
/// Specifies when a job runs again after an error or a timeout. In a submission, omitted members are taken from the
/// method, then from the queue settings, then from the server defaults.
/// </summary>
public sealed record RetryTerms
{
    /// <summary>The number of retries, 0 to 1,000. Default: 3.</summary>
    public int? Max { get; init; }

    /// <summary>The delay before the first retry, such as <c>"1s"</c>. Default: 1 s.</summary>
    public string? Delay { get; init; }

    /// <summary>The number by which each further retry multiplies the delay, 1 to 100. Default: 2.</summary>
    public double? Factor { get; init; }

    /// <summary>The maximum delay, such as <c>"10m"</c>. Default: 10 minutes.</summary>
    public string? MaxDelay { get; init; }

    /// <summary>The maximum fraction by which a delay is shortened at random, 0 to 1. Default: 0.25.</summary>
    public double? Jitter { get; init; }

    /// <summary>
    /// Members that this version does not recognize. The property is settable, because the source-generated serializer
    /// rejects init-only extension data.
    /// </summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}
