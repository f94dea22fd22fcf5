using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Headrace.Apps.Pipeline.Chains;

/// <summary>The number that the result of a job contains, or why there is none. Pure.</summary>
/// <param name="Value">The number; null for a fault, and for the null that a result may contain.</param>
/// <param name="Fault">Why there is no number; null if there is one.</param>
internal sealed record StepReading(long? Value, string? Fault)
{
    /// <summary>The characters of a result that a message quotes.</summary>
    private const int MaxQuoted = 60;

    /// <summary>True if the job ran well but returned rubbish, so that another run may return a value.</summary>
    public bool MayBeRepeated { get; private init; }

    /// <summary>
    /// Reads the value of a simulation: a JSON object with the member <c>value</c>, or the number alone, as a program
    /// prints it.
    /// </summary>
    public static StepReading OfValue(StepOutcome outcome) =>
        Of(
            outcome,
            element =>
                Member(element, "value") is { } value && value.TryGetInt64(out var number) ? new(number, null) : null,
            Limits.Value,
            "its result is neither a whole number nor an object with the member 'value'"
        );

    /// <summary>
    /// Reads the parameter of the chain that a value starts: the member <c>next</c>, which may be null.
    /// </summary>
    public static StepReading OfNext(StepOutcome outcome) =>
        Of(
            outcome,
            element =>
                element.ValueKind != JsonValueKind.Object || !element.TryGetProperty("next", out var next) ? null
                : next.ValueKind == JsonValueKind.Null ? new(null, null)
                : next.ValueKind == JsonValueKind.Number && next.TryGetInt64(out var number) ? new(number, null)
                : null,
            Limits.Param,
            "its result has no member 'next' that is a whole number or null"
        );

    private static StepReading Of(
        StepOutcome outcome,
        Func<JsonElement, StepReading?> read,
        long limit,
        string expected
    )
    {
        if (outcome.Failure is { } failure)
            return new StepReading(null, failure) { MayBeRepeated = outcome.IsRubbish };
        if (StrictJson.Read(outcome.Result).Value is { } value && read(value) is { } reading)
            return reading.Value < -limit || reading.Value > limit
                ? Rubbish($"its number {reading.Value} is not between -{limit} and {limit}")
                : reading;
        return Rubbish($"{expected}: {Quote(outcome.Result.Span)}");
    }

    private static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && !element.TryGetProperty(name, out element) ? null
        : element.ValueKind == JsonValueKind.Number ? element
        : null;

    private static StepReading Rubbish(string fault) =>
        new(null, $"succeeded, but {fault}") { MayBeRepeated = true };

    private static string Quote(ReadOnlySpan<byte> result)
    {
        var text = Encoding.UTF8.GetString(result[..Math.Min(result.Length, 4 * MaxQuoted)]).Trim();
        return result.Length == 0 ? "it is empty"
            : text.Length > MaxQuoted
                ? string.Create(CultureInfo.InvariantCulture, $"'{text[..MaxQuoted]}…' ({result.Length} bytes)")
            : $"'{text}'";
    }
}
