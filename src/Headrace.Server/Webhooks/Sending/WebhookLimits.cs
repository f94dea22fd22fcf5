namespace Headrace.Server.Webhooks.Sending;

/// <summary>Webhook limits.</summary>
internal static class WebhookLimits
{
    /// <summary>Maximum number of webhooks. A webhook with nothing to send occupies a waiting pull.</summary>
    public const int Webhooks = 100;

    /// <summary>Maximum number of requests that one webhook sends at the same time.</summary>
    public const int InFlight = 8;

    /// <summary>
    /// Maximum total number of requests that all webhooks send at the same time. With results of 64 KB, these requests
    /// occupy about 10 MB.
    /// </summary>
    public const int TotalInFlight = 64;

    /// <summary>
    /// Maximum number of failed deliveries that a webhook holds while others succeed. When the limit is reached, the
    /// webhook sends no new deliveries.
    /// </summary>
    public const int Held = 100;

    public const int UrlLength = 2_000;

    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(15);
    public static readonly TimeSpan MinTimeout = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan MaxTimeout = TimeSpan.FromSeconds(60);

    /// <summary>How long a webhook may fail before it is disabled.</summary>
    public static readonly TimeSpan DefaultDisableAfter = TimeSpan.FromDays(5);
    public static readonly TimeSpan MinDisableAfter = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan MaxDisableAfter = TimeSpan.FromDays(30);

    /// <summary>
    /// Maximum number of replaced secrets that are still used for signatures. Each adds a signature to each message.
    /// </summary>
    public const int ReplacedSecrets = 3;

    /// <summary>How long a replaced secret is still used for signatures.</summary>
    public static readonly TimeSpan DefaultGrace = TimeSpan.FromDays(1);

    /// <summary>Maximum time for which a replaced secret can still be used for signatures.</summary>
    public static readonly TimeSpan MaxGrace = TimeSpan.FromDays(30);
}
