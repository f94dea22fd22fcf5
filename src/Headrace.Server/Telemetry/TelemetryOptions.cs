namespace Headrace.Server.Telemetry;

/// <summary>
/// The standard OpenTelemetry environment variables, such as <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>, which configure the
/// export of metrics and traces. The server interprets only the variables below. The OpenTelemetry library interprets
/// all others.
/// </summary>
public sealed record TelemetryOptions(IReadOnlyDictionary<string, string?> Variables)
{
    public const string Prefix = "OTEL_";

    public static readonly TelemetryOptions None = new(new Dictionary<string, string?>());

    /// <summary>The variable that disables all exports.</summary>
    internal const string Disabled = "OTEL_SDK_DISABLED";

    /// <summary>
    /// The variables that specify the collector's endpoints for all signals, for metrics and for traces.
    /// </summary>
    private static readonly string[] Endpoints =
    [
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    ];

    /// <summary>Whether metrics are exported to a collector.</summary>
    public bool ExportsMetrics => !IsDisabled && (IsSet(Endpoints[0]) || IsSet(Endpoints[1]));

    /// <summary>Whether traces are exported to a collector.</summary>
    public bool ExportsTraces => !IsDisabled && (IsSet(Endpoints[0]) || IsSet(Endpoints[2]));

    /// <summary>Whether the variables set the service name.</summary>
    public bool NamesService => IsSet("OTEL_SERVICE_NAME");

    private bool IsDisabled =>
        Variables.TryGetValue(Disabled, out var disabled) && bool.TryParse(disabled, out var isTrue) && isTrue;

    /// <summary>Returns the variables of this process.</summary>
    public static TelemetryOptions OfThisProcess() =>
        new(
            Environment
                .GetEnvironmentVariables()
                .Keys.Cast<string>()
                .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
                .ToDictionary(name => name, Environment.GetEnvironmentVariable)
        );

    /// <summary>Adds a message for each endpoint that is not a valid address.</summary>
    internal void Validate(List<string> faults)
    {
        foreach (var name in Endpoints)
            if (IsSet(name) && !IsAddress(Variables[name]))
                faults.Add(
                    $"{name} is '{Variables[name]}', which is not an http or https address. Use an address such as "
                        + "http://localhost:4317, or remove the variable."
                );
    }

    private static bool IsAddress(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && (address.Scheme is "http" or "https");

    private bool IsSet(string name) => Variables.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value);
}
