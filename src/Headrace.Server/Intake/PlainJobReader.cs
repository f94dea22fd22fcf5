using System.Text.Json;
using Headrace.Server.Http;
using Headrace.Server.Jobs;

namespace Headrace.Server.Intake;

/// <summary>
/// A fast path for the JSON of typical jobs. It reads tokens directly into the fields, without an intermediate object.
/// JSON that contains anything unusual (an error, an escape, a time, a nested parameter, a duplicate member) is left to
/// <see cref="JobRequestReader.ReadAny"/>, which produces the error messages. Both readers return the same result for
/// any text that this reader accepts.
/// </summary>
internal static class PlainJobReader
{
    /// <summary>
    /// Maximum number of parameters. Their names are compared pairwise to find duplicates, which is fast only for a few
    /// names.
    /// </summary>
    private const int MaxParams = 8;

    /// <summary>Returns the fields of a typical job, or null for any other text.</summary>
    public static SubmissionFields? Read(ReadOnlySpan<byte> utf8)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8);
            return
                reader.Read()
                && reader.TokenType == JsonTokenType.StartObject
                && ReadMembers(ref reader, utf8) is { } terms
                && !reader.Read()
                ? terms
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static SubmissionFields? ReadMembers(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8)
    {
        string? method = null,
            queue = null,
            key = null,
            contentType = null;
        byte[]? body = null,
            parameters = null;
        int? priority = null,
            retries = null;
        var isText = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueIsEscaped)
                return null;
            if (reader.ValueTextEquals("method"u8))
            {
                if (method is not null || !ReadText(ref reader, out method))
                    return null;
            }
            else if (reader.ValueTextEquals("body"u8))
            {
                if (
                    body is not null
                    || !reader.Read()
                    || reader.TokenType != JsonTokenType.String
                    || reader.ValueIsEscaped
                )
                    return null;
                (body, isText) = (reader.ValueSpan.ToArray(), true);
            }
            else if (reader.ValueTextEquals("params"u8))
            {
                if (parameters is not null || !ReadParams(ref reader, utf8, out parameters))
                    return null;
            }
            else if (reader.ValueTextEquals("idempotencyKey"u8))
            {
                if (key is not null || !ReadText(ref reader, out key))
                    return null;
            }
            else if (reader.ValueTextEquals("queue"u8))
            {
                if (queue is not null || !ReadText(ref reader, out queue))
                    return null;
            }
            else if (reader.ValueTextEquals("bodyBase64"u8))
            {
                if (
                    body is not null
                    || !reader.Read()
                    || reader.TokenType != JsonTokenType.String
                    || reader.ValueIsEscaped
                    || !reader.TryGetBytesFromBase64(out body)
                )
                    return null;
            }
            else if (reader.ValueTextEquals("contentType"u8))
            {
                if (contentType is not null || !ReadText(ref reader, out contentType))
                    return null;
            }
            else if (reader.ValueTextEquals("priority"u8))
            {
                if (priority is not null || !ReadInteger(ref reader, out priority))
                    return null;
            }
            else if (
                !reader.ValueTextEquals("retries"u8)
                || retries is not null
                || !ReadInteger(ref reader, out retries)
            )
            {
                return null;
            }
        }
        if (reader.TokenType != JsonTokenType.EndObject || (contentType is not null && body is null))
            return null;
        return new SubmissionFields
        {
            Method = method,
            IdempotencyKey = key,
            Queue = queue,
            Priority = priority,
            Retries = retries,
            Params = parameters ?? [],
            Body = body,
            ContentType = body is null
                ? null
                : contentType ?? (isText ? ContentTypes.PlainText : ContentTypes.OctetStream),
        };
    }

    private static bool ReadText(ref Utf8JsonReader reader, out string? text)
    {
        text = null;
        if (!reader.Read() || reader.TokenType != JsonTokenType.String || reader.ValueIsEscaped)
            return false;
        text = reader.GetString();
        return true;
    }

    private static bool ReadInteger(ref Utf8JsonReader reader, out int? number)
    {
        number = null;
        if (!reader.Read() || reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var whole))
            return false;
        number = whole;
        return true;
    }

    /// <summary>Reads an object whose values are all scalars, and returns the caller's original bytes.</summary>
    private static bool ReadParams(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8, out byte[]? bytes)
    {
        bytes = null;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return false;
        var start = (int)reader.TokenStartIndex;
        Span<(int Start, int Length)> names = stackalloc (int, int)[MaxParams];
        var count = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (count == MaxParams || reader.ValueIsEscaped)
                return false;
            var name = reader.ValueSpan;
            for (var i = 0; i < count; i++)
                if (utf8.Slice(names[i].Start, names[i].Length).SequenceEqual(name))
                    return false;
            // The bytes of the name start after the opening quotation mark.
            names[count++] = ((int)reader.TokenStartIndex + 1, name.Length);
            if (!reader.Read() || reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                return false;
        }
        if (reader.TokenType != JsonTokenType.EndObject)
            return false;
        bytes = utf8[start..(int)reader.BytesConsumed].ToArray();
        return true;
    }
}
