using System.Text.Json;
using System.Text.Json.Serialization;
using Headrace.Core.Feeds;
using Headrace.Server.Feeds;

namespace Headrace.Server.Webhooks;

/// <summary>Whether a webhook sends messages.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<WebhookState>))]
internal enum WebhookState
{
    Active,

    /// <summary>A user paused the webhook.</summary>
    Paused,

    /// <summary>
    /// The server disabled the webhook because its receiver failed for too long or requested no more messages.
    /// </summary>
    Disabled,
}

internal static class WebhookStateNames
{
    public static string ToWireName(this WebhookState state) =>
        state switch
        {
            WebhookState.Active => "active",
            WebhookState.Paused => "paused",
            _ => "disabled",
        };
}

/// <summary>
/// A webhook, stored as a document in the registry. The position of its feed (<see cref="OwnedFeeds"/>) shows what it
/// has delivered.
/// </summary>
internal sealed record WebhookDocument
{
    /// <summary>The kind of these documents. Their id is the webhook name.</summary>
    public const string Kind = "webhook";

    public required string Url { get; init; }

    public required string Queue { get; init; }

    public required FeedStates States { get; init; }

    /// <summary>
    /// Whether the feed began with the oldest job that the server still kept rather than with the next job to end.
    /// </summary>
    public bool FromFirst { get; init; }

    /// <summary>Time limit of an attempt.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>How long every delivery may fail before the server disables the webhook.</summary>
    public required TimeSpan DisableAfter { get; init; }

    /// <summary>
    /// The secret that is used to sign messages. Only the reply to a creation or rotation of the secret contains it.
    /// </summary>
    public required string Secret { get; init; }

    /// <summary>The secret that the last rotation replaced; null if it is no longer used for signatures.</summary>
    public string? PreviousSecret { get; init; }

    public DateTimeOffset? PreviousValidUntil { get; init; }

    /// <summary>
    /// The secrets that rotations before the last one replaced, the newest first; null if none is still used.
    /// </summary>
    public IReadOnlyList<ReplacedSecret>? EarlierSecrets { get; init; }

    public WebhookState State { get; init; }

    /// <summary>Why the server disabled the webhook; null if it did not.</summary>
    public string? DisabledReason { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required string CreatedBy { get; init; }

    /// <summary>When the last replaced secret stops signing; null if none has been replaced with a grace.</summary>
    [JsonIgnore]
    public DateTimeOffset? ReplacedUntil => Replaced.Select(secret => (DateTimeOffset?)secret.ValidUntil).Max();

    private IEnumerable<ReplacedSecret> Replaced =>
        PreviousSecret is { } previous && PreviousValidUntil is { } until
            ? [new ReplacedSecret(previous, until), .. EarlierSecrets ?? []]
            : [];

    /// <summary>Returns the secrets that are used for signatures at this time, the current one first.</summary>
    public IReadOnlyList<string> SecretsAt(DateTimeOffset now) =>
        [Secret, .. ReplacedAt(now).Select(replaced => replaced.Secret)];

    /// <summary>Returns the replaced secrets that are still used for signatures at this time.</summary>
    public IReadOnlyList<ReplacedSecret> ReplacedAt(DateTimeOffset now) =>
        [.. Replaced.Where(secret => now < secret.ValidUntil)];

    /// <summary>Replaces the secret. Without a grace, all replaced secrets stop signing at once.</summary>
    public WebhookDocument Rotated(string secret, TimeSpan grace, DateTimeOffset now)
    {
        IReadOnlyList<ReplacedSecret> replaced =
            grace > TimeSpan.Zero ? [new ReplacedSecret(Secret, now + grace), .. ReplacedAt(now)] : [];
        var last = replaced is [var newest, ..] ? newest : null;
        return this with
        {
            Secret = secret,
            PreviousSecret = last?.Secret,
            PreviousValidUntil = last?.ValidUntil,
            EarlierSecrets = replaced.Count > 1 ? [.. replaced.Skip(1)] : null,
        };
    }

    public static WebhookDocument? TryParse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, WebhookJson.Default.WebhookDocument);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Omits the secrets. The record's generated ToString method would include them.</summary>
    public override string ToString() => $"webhook to queue {Queue}, {State}";
}

/// <summary>A secret that a rotation replaced and that is used for signatures until a time.</summary>
internal sealed record ReplacedSecret(string Secret, DateTimeOffset ValidUntil)
{
    /// <summary>Omits the secret. The record's generated ToString method would include it.</summary>
    public override string ToString() => $"a replaced secret, valid until {ValidUntil:u}";
}

/// <summary>
/// The state of a webhook's deliveries that must survive a restart, stored as a document in the registry. It is written
/// when deliveries begin to fail, when they succeed again, and when a delivery is abandoned.
/// </summary>
internal sealed record WebhookHealth
{
    /// <summary>The kind of these documents. Their id is the webhook name.</summary>
    public const string Kind = "webhook-health";

    /// <summary>When deliveries began to fail; null if the last delivery succeeded.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>The number of abandoned deliveries. Their results can still be read.</summary>
    public long Abandoned { get; init; }

    /// <summary>The error of the last failed delivery before this document was written.</summary>
    public string? LastError { get; init; }

    public static WebhookHealth Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, WebhookJson.Default.WebhookHealth) ?? new WebhookHealth();
        }
        catch (JsonException)
        {
            return new WebhookHealth();
        }
    }
}

/// <summary>JSON serialization of the documents in the registry.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(WebhookDocument))]
[JsonSerializable(typeof(WebhookHealth))]
internal sealed partial class WebhookJson : JsonSerializerContext;
