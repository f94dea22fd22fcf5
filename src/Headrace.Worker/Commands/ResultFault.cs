using System.Text.Json;

namespace Headrace.Worker.Commands;

/// <summary>Checks that a result is valid for its content type.</summary>
internal static class ResultFault
{
    /// <summary>
    /// Returns a description of the error in a result, worded as the end of a sentence; null if the result is valid.
    /// </summary>
    public static string? Of(ReadOnlySpan<byte> result, string contentType)
    {
        if (!IsJson(contentType))
            return null;
        try
        {
            var reader = new Utf8JsonReader(result);
            while (reader.Read())
                continue;
            return null;
        }
        catch (Exception invalid) when (invalid is JsonException or InvalidOperationException)
        {
            return $"its result is not valid JSON, as its content type {contentType} promises: {invalid.Message}";
        }
    }

    private static bool IsJson(string contentType)
    {
        var type = contentType.Split(';')[0].Trim();
        return type.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase);
    }
}
