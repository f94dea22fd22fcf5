using System.Text.Json;
using System.Text.Unicode;

namespace Headrace.Bridges;

/// <summary>The content types of messages and results.</summary>
internal static class ContentType
{
    public const string Json = "application/json";
    public const string Text = "text/plain; charset=utf-8";
    public const string Binary = "application/octet-stream";

    /// <summary>Returns the most specific type that describes the bytes.</summary>
    public static string Of(ReadOnlySpan<byte> bytes) =>
        !Utf8.IsValid(bytes) ? Binary
        : IsJson(bytes) ? Json
        : Text;

    public static bool IsJson(string? contentType) =>
        contentType?.Contains("json", StringComparison.OrdinalIgnoreCase) == true;

    private static bool IsJson(ReadOnlySpan<byte> text)
    {
        try
        {
            var reader = new Utf8JsonReader(text);
            while (reader.Read()) { }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
