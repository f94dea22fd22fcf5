using System.Globalization;
using System.Text.Json;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;

namespace Headrace.Protocol.Exchange;

/// <summary>
/// Reads the fields of a message from the proto3 JSON mapping. Members may appear in any order, under their JSON name
/// or their name in the contract; <c>null</c> means that the member is absent. An unknown member is rejected, because
/// its name is more likely to be misspelt than to belong to a later version.
/// </summary>
internal ref struct JsonWireReader
{
    /// <summary>
    /// Maximum length of a number in a string, in bytes: twenty digits, each escaped as six characters.
    /// </summary>
    private const int MaxNumberLength = 120;

    private Utf8JsonReader _json;

    /// <summary>The member whose value is being read, for error messages.</summary>
    private ReadOnlySpan<byte> _member;

    /// <summary>True if the reader is positioned at the next value but has not consumed it.</summary>
    private bool _isAtValue;

    /// <summary>True if the current list is <c>null</c>.</summary>
    private bool _isNoList;

    public JsonWireReader(ReadOnlySpan<byte> utf8) => _json = new Utf8JsonReader(utf8);

    public void BeginObject()
    {
        if (Value() != JsonTokenType.StartObject)
            throw NotA("an object");
    }

    /// <summary>Moves to the next member of the object. Returns false at the end of the object.</summary>
    public bool NextMember()
    {
        Advance();
        return _json.TokenType == JsonTokenType.PropertyName;
    }

    /// <summary>
    /// Returns true if the current member has this JSON name or, if it differs, this name in the contract.
    /// </summary>
    public bool IsNamed(ReadOnlySpan<byte> name, ReadOnlySpan<byte> original = default)
    {
        if (!_json.ValueTextEquals(name) && (original.IsEmpty || !_json.ValueTextEquals(original)))
            return false;
        _member = name;
        return true;
    }

    public readonly void RefuseMember(string message) =>
        throw new WireFormatException(
            $"{message} has no member '{ClippedText.Of(Text(_json))}' (at byte {_json.TokenStartIndex} of the "
                + "message)."
        );

    public void BeginList()
    {
        var type = Value();
        _isNoList = type == JsonTokenType.Null;
        if (!_isNoList && type != JsonTokenType.StartArray)
            throw NotA("an array");
    }

    /// <summary>Moves to the next entry in the list. Returns false at the end of the list.</summary>
    public bool NextItem()
    {
        if (_isNoList)
            return false;
        Advance();
        if (_json.TokenType == JsonTokenType.EndArray)
            return false;
        _isAtValue = true;
        return true;
    }

    /// <summary>Returns true if the value is <c>null</c>, and consumes it.</summary>
    public bool IsNull()
    {
        if (Value() == JsonTokenType.Null)
            return true;
        _isAtValue = true;
        return false;
    }

    /// <summary>Rejects any content after the message.</summary>
    public void End()
    {
        // The reader received the whole text as its final block, so it throws if a second value follows.
        try
        {
            while (_json.Read()) { }
        }
        catch (JsonException malformed)
        {
            throw Malformed(malformed);
        }
    }

    public string Text() => Value() == JsonTokenType.Null ? "" : Text(_json);

    /// <summary>Reads a string as UTF-8 bytes.</summary>
    public ReadOnlyMemory<byte> Utf8()
    {
        if (Value() == JsonTokenType.Null)
            return default;
        if (_json.TokenType != JsonTokenType.String)
            throw NotA("a string");
        if (!_json.ValueIsEscaped)
            return System.Text.Unicode.Utf8.IsValid(_json.ValueSpan) ? _json.ValueSpan.ToArray() : throw NotA("UTF-8");
        var unescaped = new byte[_json.ValueSpan.Length];
        try
        {
            return unescaped.AsMemory(0, _json.CopyString(unescaped));
        }
        catch (InvalidOperationException)
        {
            throw NotA("UTF-8");
        }
    }

    public ReadOnlyMemory<byte> Bytes()
    {
        if (Value() == JsonTokenType.Null)
            return default;
        if (_json.TokenType == JsonTokenType.String && _json.TryGetBytesFromBase64(out var bytes))
            return bytes;
        // TryGetBytesFromBase64 also rejects nonzero unused bits after the last byte, which some encoders do not clear.
        // The text is therefore decoded again with Convert.
        var text = Text(_json);
        bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length)
            ? bytes.AsMemory(0, length)
            : throw NotA("a base64 string");
    }

    public bool Flag() =>
        Value() switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False or JsonTokenType.Null => false,
            _ => throw NotA("true or false"),
        };

    public ulong UInt64() => (ulong)Integer(0, ulong.MaxValue);

    public uint UInt32() => (uint)Integer(0, uint.MaxValue);

    public int Int32() => (int)Integer(int.MinValue, int.MaxValue);

    public double Double()
    {
        if (Value() == JsonTokenType.Null)
            return 0;
        if (_json.TokenType == JsonTokenType.Number && _json.TryGetDouble(out var number) && double.IsFinite(number))
            return number;
        if (_json.TokenType == JsonTokenType.String)
            switch (Text(_json))
            {
                case "NaN":
                    return double.NaN;
                case "Infinity":
                    return double.PositiveInfinity;
                case "-Infinity":
                    return double.NegativeInfinity;
                case var text when NumberText.TryParse(text, out number):
                    return number;
            }
        throw NotA("a number");
    }

    /// <summary>Reads an enum value that is given by its name or its number, and returns the number.</summary>
    public int Enumeration(string[] names)
    {
        if (Value() == JsonTokenType.String)
        {
            for (var i = 0; i < names.Length; i++)
                if (_json.ValueTextEquals(names[i]))
                    return i;
            throw NotA($"one of {string.Join(", ", names)}");
        }
        _isAtValue = true;
        return (int)Integer(int.MinValue, int.MaxValue);
    }

    public WireTime? Duration() =>
        Value() == JsonTokenType.Null ? null
        : _json.TokenType == JsonTokenType.String && JsonTime.TryReadDuration(Text(_json), out var time) ? time
        : throw NotA("a duration such as \"1.5s\"");

    public WireTime? Timestamp() =>
        Value() == JsonTokenType.Null ? null
        : _json.TokenType == JsonTokenType.String && JsonTime.TryReadTimestamp(Text(_json), out var time) ? time
        : throw NotA("a time such as \"2030-01-31T12:00:00Z\"");

    public LeaseToken Lease()
    {
        var lease = default(LeaseToken);
        BeginObject();
        while (NextMember())
        {
            if (IsNamed("job"u8))
                lease = lease with { Job = new JobId((long)UInt64()) };
            else if (IsNamed("attempt"u8))
                lease = lease with { Attempt = (int)UInt32() };
            else
                RefuseMember(nameof(Lease));
        }
        return lease;
    }

    private Int128 Integer(Int128 least, Int128 most)
    {
        if (Value() == JsonTokenType.Null)
            return 0;
        Int128? number = _json.TokenType switch
        {
            JsonTokenType.Number when _json.TryGetInt64(out var value) => value,
            JsonTokenType.Number when _json.TryGetUInt64(out var value) => value,
            // Forms such as 1e3 and 2.0 are also integers.
            JsonTokenType.Number when _json.TryGetDecimal(out var value) && decimal.IsInteger(value) => (Int128)value,
            JsonTokenType.String => Quoted(),
            _ => null,
        };
        return number is { } integer && integer >= least && integer <= most
            ? integer
            : throw NotA($"a whole number from {least} to {most}");
    }

    /// <summary>
    /// Parses a number in a string: an integer with an optional minus sign, including forms such as 1e3 and 2.0.
    /// Returns null for any other text.
    /// </summary>
    private readonly Int128? Quoted()
    {
        if (_json.ValueSpan.Length > MaxNumberLength)
            return null;
        Span<byte> unescaped = stackalloc byte[MaxNumberLength];
        var digits = _json.ValueIsEscaped ? unescaped[.._json.CopyString(unescaped)] : _json.ValueSpan;
        var first = digits.StartsWith("-"u8) ? 1 : 0;
        if (digits.Length == first || !char.IsAsciiDigit((char)digits[first]))
            return null;
        if (digits[first] == '0' && digits.Length > first + 1 && char.IsAsciiDigit((char)digits[first + 1]))
            return null;
        if (Int128.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            return number;
        const NumberStyles Decimal =
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return
            decimal.TryParse(digits, Decimal, CultureInfo.InvariantCulture, out var value) && decimal.IsInteger(value)
            ? (Int128)value
            : null;
    }

    /// <summary>
    /// Moves to the next value, unless the reader is already positioned at it. Returns the token type.
    /// </summary>
    private JsonTokenType Value()
    {
        if (_isAtValue)
            _isAtValue = false;
        else
            Advance();
        return _json.TokenType;
    }

    private void Advance()
    {
        try
        {
            if (_json.Read())
            {
                // The methods that read this text would each throw a different exception, so the text is rejected here.
                if (_json.ValueIsEscaped && HasLoneSurrogate(_json.ValueSpan))
                    throw NotA("UTF-8");
                return;
            }
        }
        catch (JsonException malformed)
        {
            throw Malformed(malformed);
        }
        throw new WireFormatException("The JSON text ends before the message is complete.");
    }

    /// <summary>
    /// Returns true if the text contains an escaped surrogate without its other half, which has no UTF-8 encoding.
    /// </summary>
    private static bool HasLoneSurrogate(ReadOnlySpan<byte> escaped)
    {
        while (escaped.IndexOf((byte)'\\') is >= 0 and var at)
        {
            escaped = escaped[at..];
            if (CodeUnit(escaped) is not { } unit)
            {
                escaped = escaped[2..];
                continue;
            }
            escaped = escaped[6..];
            if (char.IsLowSurrogate(unit))
                return true;
            if (!char.IsHighSurrogate(unit))
                continue;
            if (CodeUnit(escaped) is not { } low || !char.IsLowSurrogate(low))
                return true;
            escaped = escaped[6..];
        }
        return false;
    }

    /// <summary>
    /// Returns the code unit of an escape such as <c>\u004e</c> at the start of the text, or null if the text starts
    /// differently.
    /// </summary>
    private static char? CodeUnit(ReadOnlySpan<byte> text) =>
        text.StartsWith("\\u"u8)
            ? (char)ushort.Parse(text[2..6], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
            : null;

    private readonly string Text(in Utf8JsonReader json)
    {
        if (json.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName))
            throw NotA("a string");
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw NotA("UTF-8");
        }
    }

    private readonly WireFormatException NotA(string what) =>
        new(
            _member.IsEmpty
                ? $"Expected {what} at byte {_json.TokenStartIndex} of the message."
                : $"Expected {what} for the member '{ClippedText.Of(System.Text.Encoding.UTF8.GetString(_member))}' "
                    + $"at byte {_json.TokenStartIndex} of the message."
        );

    private static WireFormatException Malformed(JsonException malformed) =>
        new($"The message is not valid JSON: {malformed.Message}", malformed);
}
