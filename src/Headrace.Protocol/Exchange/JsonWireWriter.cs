using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Headrace.Core.Jobs;

namespace Headrace.Protocol.Exchange;

/// <summary>
/// Writes the fields of a message in the proto3 JSON mapping. Fields with default values are omitted.
/// </summary>
internal sealed class JsonWireWriter
{
    // The encoder escapes only what JSON requires, because the text is not embedded in HTML.
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private readonly Utf8JsonWriter _json;

    private JsonWireWriter(Utf8JsonWriter json) => _json = json;

    public static void Write<T>(in T message, IBufferWriter<byte> to)
        where T : IJsonWireMessage
    {
        using var json = new Utf8JsonWriter(to, Options);
        json.WriteStartObject();
        message.WriteTo(new JsonWireWriter(json));
        json.WriteEndObject();
    }

    /// <summary>
    /// Writes a 64-bit number as a string, because JSON numbers have only 53 bits of precision in many languages.
    /// </summary>
    public void UInt64(ReadOnlySpan<byte> name, ulong value)
    {
        if (value != 0)
            Quoted(name, value);
    }

    public void UInt32(ReadOnlySpan<byte> name, uint value)
    {
        if (value != 0)
            _json.WriteNumber(name, value);
    }

    /// <summary>Writes an optional number, including 0, unless it is absent.</summary>
    public void Optional(ReadOnlySpan<byte> name, uint? value)
    {
        if (value is { } number)
            _json.WriteNumber(name, number);
    }

    /// <summary>Writes an optional number, including 0, unless it is absent.</summary>
    public void Optional(ReadOnlySpan<byte> name, int? value)
    {
        if (value is { } number)
            _json.WriteNumber(name, number);
    }

    /// <summary>Writes an optional 64-bit number as a string, including 0, unless it is absent.</summary>
    public void Optional(ReadOnlySpan<byte> name, ulong? value)
    {
        if (value is { } number)
            Quoted(name, number);
    }

    public void Flag(ReadOnlySpan<byte> name, bool value)
    {
        if (value)
            _json.WriteBoolean(name, value);
    }

    public void Double(ReadOnlySpan<byte> name, double value)
    {
        if (value != 0)
            Present(name, value);
    }

    /// <summary>Writes an optional number, including 0, unless it is absent.</summary>
    public void Optional(ReadOnlySpan<byte> name, double? value)
    {
        if (value is { } number)
            Present(name, number);
    }

    private void Present(ReadOnlySpan<byte> name, double value)
    {
        if (double.IsFinite(value))
            _json.WriteNumber(name, value);
        else
            _json.WriteString(
                name,
                double.IsNaN(value) ? "NaN"
                    : value > 0 ? "Infinity"
                    : "-Infinity"
            );
    }

    public void Text(ReadOnlySpan<byte> name, string value)
    {
        if (value.Length > 0)
            _json.WriteString(name, value);
    }

    /// <summary>Writes text that is stored as UTF-8.</summary>
    public void Utf8(ReadOnlySpan<byte> name, ReadOnlyMemory<byte> value)
    {
        if (value.Length > 0)
            _json.WriteString(name, value.Span);
    }

    public void Bytes(ReadOnlySpan<byte> name, ReadOnlyMemory<byte> value)
    {
        if (value.Length > 0)
            _json.WriteBase64String(name, value.Span);
    }

    /// <summary>
    /// Writes an enum value by name, or as a number if the contract does not define a name for it. Omits zero.
    /// </summary>
    public void Enumeration(ReadOnlySpan<byte> name, int value, string[] names)
    {
        if (value > 0 && value < names.Length)
            _json.WriteString(name, names[value]);
        else if (value != 0)
            _json.WriteNumber(name, value);
    }

    public void Duration(ReadOnlySpan<byte> name, WireTime? time)
    {
        if (time is not { } value)
            return;
        var sign = value.Seconds < 0 || value.Nanos < 0 ? "-" : "";
        var seconds = Math.Abs((decimal)value.Seconds);
        _json.WriteString(
            name,
            string.Create(CultureInfo.InvariantCulture, $"{sign}{seconds}{Fraction(Math.Abs(value.Nanos))}s")
        );
    }

    public void Timestamp(ReadOnlySpan<byte> name, WireTime? time)
    {
        if (time is not { } value)
            return;
        var at = DateTime.UnixEpoch.AddTicks(value.Seconds * TimeSpan.TicksPerSecond);
        _json.WriteString(
            name,
            string.Create(CultureInfo.InvariantCulture, $"{at:yyyy-MM-dd'T'HH:mm:ss}{Fraction(value.Nanos)}Z")
        );
    }

    public void Optional<T>(ReadOnlySpan<byte> name, T? message)
        where T : class, IJsonWireMessage
    {
        if (message is not null)
            Message(name, message);
    }

    public void Optional<T>(ReadOnlySpan<byte> name, in T? message)
        where T : struct, IJsonWireMessage
    {
        if (message is { } value)
            Message(name, value);
    }

    public void Messages<T>(ReadOnlySpan<byte> name, List<T> messages)
        where T : IJsonWireMessage
    {
        if (messages.Count == 0)
            return;
        _json.WriteStartArray(name);
        foreach (var message in messages)
        {
            _json.WriteStartObject();
            message.WriteTo(this);
            _json.WriteEndObject();
        }
        _json.WriteEndArray();
    }

    public void Leases(ReadOnlySpan<byte> name, List<LeaseToken> leases)
    {
        if (leases.Count == 0)
            return;
        _json.WriteStartArray(name);
        foreach (var lease in leases)
        {
            _json.WriteStartObject();
            UInt64("job"u8, (ulong)lease.Job.Value);
            UInt32("attempt"u8, (uint)lease.Attempt);
            _json.WriteEndObject();
        }
        _json.WriteEndArray();
    }

    public void Texts(ReadOnlySpan<byte> name, List<string>? texts)
    {
        if (texts is not { Count: > 0 })
            return;
        _json.WriteStartArray(name);
        foreach (var text in texts)
            _json.WriteStringValue(text);
        _json.WriteEndArray();
    }

    private void Message<T>(ReadOnlySpan<byte> name, in T message)
        where T : IJsonWireMessage
    {
        _json.WriteStartObject(name);
        message.WriteTo(this);
        _json.WriteEndObject();
    }

    private void Quoted(ReadOnlySpan<byte> name, ulong value)
    {
        Span<byte> digits = stackalloc byte[20];
        value.TryFormat(digits, out var length, provider: CultureInfo.InvariantCulture);
        _json.WriteString(name, digits[..length]);
    }

    /// <summary>
    /// Formats nanoseconds as 3, 6 or 9 digits after the decimal point. Returns an empty string for 0.
    /// </summary>
    private static string Fraction(int nanos) =>
        nanos == 0 ? ""
        : nanos % 1_000_000 == 0 ? string.Create(CultureInfo.InvariantCulture, $".{nanos / 1_000_000:d3}")
        : nanos % 1_000 == 0 ? string.Create(CultureInfo.InvariantCulture, $".{nanos / 1_000:d6}")
        : string.Create(CultureInfo.InvariantCulture, $".{nanos:d9}");
}
