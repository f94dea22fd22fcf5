using System.Net.Http.Headers;
using System.Text.Json;

namespace Headrace.Worker.Commands;

/// <summary>Checks results and their content types.</summary>
internal static class ResultFault
{
    /// <summary>The requirements for a content type, for messages.</summary>
    public const string TypeFormat = "at most 200 printable ASCII characters, such as image/png";

    // The server returns the type as a header.
    private const int MaxType = 200;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>Returns whether the server can store this content type.</summary>
    public static bool IsType(string text) =>
        text is "application/json" or "text/plain" or "application/octet-stream"
        || (
            text.Length <= MaxType
            && !text.AsSpan().ContainsAnyExceptInRange(' ', '~')
            && MediaTypeHeaderValue.TryParse(text, out _)
        );

    /// <summary>
    /// Returns a description of the error in a result, worded as the end of a sentence; null if the result is valid.
    /// </summary>
    public static string? Of(ReadOnlyMemory<byte> result, string contentType)
    {
        if (!IsJson(contentType))
            return null;
        var names = 0;
        try
        {
            var reader = new Utf8JsonReader(result.Span);
            while (reader.Read())
                if (reader.TokenType == JsonTokenType.PropertyName)
                    names++;
        }
        catch (Exception invalid) when (invalid is JsonException or InvalidOperationException)
        {
            return $"its result is not valid JSON, as its content type {contentType} promises: {invalid.Message}";
        }
        // Readers of JSON disagree about which of two members with the same name counts.
        return names > 1 ? DuplicateIn(result) : null;
    }

    private static string? DuplicateIn(ReadOnlyMemory<byte> result)
    {
        try
        {
            using var document = JsonDocument.Parse(result, Strict);
            return null;
        }
        // The reader has accepted the same bytes, except that it does not decode names.
        catch (JsonException duplicate)
        {
            return $"an object in its result has two members with the same name: {duplicate.Message}";
        }
        catch (InvalidOperationException invalid)
        {
            return $"its result is not valid JSON: {invalid.Message}";
        }
    }

    private static bool IsJson(string contentType)
    {
        var type = contentType.AsSpan();
        if (type.IndexOf(';') is >= 0 and var end)
            type = type[..end];
        type = type.Trim();
        return type.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase);
    }
}
