using System.Text.Json;
using System.Text.Json.Serialization;
using Headrace.Core.Feeds;
using Headrace.Server.Feeds;

namespace Headrace.Server.Webhooks;

/// <summary>Whether a webhook sends.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<WebhookState>))]
internal enum WebhookState
{
    Active,

    /// <summary>Somebody has paused it.</summary>
    Paused,

    /// <summary>
    /// The server has disabled it, because its receiver failed for too long or wants no further message.
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
/// A webhook, as a document of the registry. What it has delivered is the position of its feed
/// (<see cref="OwnedFeeds"/>).
/// </summary>
internal sealed record WebhookDocument
{
    /// <summary>The kind of the documents; their id is the name of the webhook.</summary>
    public const string Kind = "webhook";

    public required string Url { get; init; }

    public required string Queue { get; init; }

    public required FeedStates States { get; init; }

    /// <summary>Whether the feed began with the jobs that the server still kept, or with the next one.</summary>
    public bool FromFirst { get; init; }

    /// <summary>How long an attempt may take.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>How long every delivery may fail before the server disables the webhook.</summary>
    public required TimeSpan DisableAfter { get; init; }

    /// <summary>The secret that signs the messages. Only the reply that creates or rotates it contains it.</summary>
    public required string Secret { get; init; }

    /// <summary>The secret that the last rotation replaced; null if it no longer signs.</summary>
    public string? PreviousSecret { get; init; }

    public DateTimeOffset? PreviousValidUntil { get; init; }

    public WebhookState State { get; init; }

    /// <summary>Why the server has disabled the webhook; null if it has not.</summary>
    public string? DisabledReason { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required string CreatedBy { get; init; }

    /// <summary>The secrets that sign at this time.</summary>
    public IReadOnlyList<string> SecretsAt(DateTimeOffset now) =>
        PreviousSecret is { } previous && now < PreviousValidUntil ? [Secret, previous] : [Secret];

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

    /// <summary>Omits the secrets.</summary>
    public override string ToString() => $"webhook to queue {Queue}, {State}";
}

/// <summary>
/// What the server must know of a webhook's deliveries after a restart, as a document of the registry. It is written
/// when deliveries begin to fail, when they succeed again, and when one is abandoned.
/// </summary>
internal sealed record WebhookHealth
{
    /// <summary>The kind of the documents; their id is the name of the webhook.</summary>
    public const string Kind = "webhook-health";

    /// <summary>Since when every delivery has failed; null if the last one succeeded.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>The number of deliveries that were given up. Their results stay readable.</summary>
    public long Abandoned { get; init; }

    /// <summary>The error of the last delivery that failed before this was written.</summary>
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
