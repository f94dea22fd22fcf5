namespace Headrace.Server.Webhooks.Sending;

/// <summary>The limits of webhooks.</summary>
internal static class WebhookLimits
{
    /// <summary>Maximum number of webhooks. Each has a pull that waits while there is nothing to send.</summary>
    public const int Webhooks = 100;

    /// <summary>Maximum number of requests that one webhook sends at the same time.</summary>
    public const int InFlight = 8;

    /// <summary>
    /// Maximum number of requests of all webhooks at the same time. With results of 64 KB, they occupy about 10 MB.
    /// </summary>
    public const int TotalInFlight = 64;

    /// <summary>
    /// Maximum number of failed deliveries that a webhook keeps while others succeed. With more, it sends no new ones.
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

    /// <summary>How long the secret that a rotation replaces still signs.</summary>
    public static readonly TimeSpan DefaultGrace = TimeSpan.FromDays(1);

    /// <summary>The longest time for which the replaced secret signs.</summary>
    public static readonly TimeSpan MaxGrace = TimeSpan.FromDays(30);
}
