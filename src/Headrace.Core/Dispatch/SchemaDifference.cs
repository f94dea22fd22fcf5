using System.Text.Json;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Finds the first difference between two JSON Schemas, so that a rejection can name the field (R22).
/// </summary>
public static class SchemaDifference
{
    /// <summary>
    /// Returns the first difference, such as <c>$.type changed from "string" to "number"</c>; null if there is none. A
    /// schema that is not valid JSON differs from every other text. Such a schema may have been stored by an earlier
    /// version.
    /// </summary>
    /// <param name="before">The known schema, as JSON text.</param>
    /// <param name="after">The other schema, as JSON text.</param>
    /// <returns>The difference, as a clause without a period.</returns>
    public static string? Find(string before, string after)
    {
        if (before == after)
            return null;
        try
        {
            using var a = JsonDocument.Parse(before);
            using var b = JsonDocument.Parse(after);
            return Find(a.RootElement, b.RootElement, "$");
        }
        // A name with a lone surrogate can be parsed but not read.
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return "one of the two is not valid JSON";
        }
    }

    private static string? Find(JsonElement before, JsonElement after, string path)
    {
        if (before.ValueKind != JsonValueKind.Object || after.ValueKind != JsonValueKind.Object)
            return JsonElement.DeepEquals(before, after)
                ? null
                : $"{path} changed from {before.GetRawText()} to {after.GetRawText()}";
        foreach (var was in before.EnumerateObject())
        {
            if (!after.TryGetProperty(was.Name, out var now))
                return $"{path}.{was.Name} was removed";
            if (Find(was.Value, now, $"{path}.{was.Name}") is { } difference)
                return difference;
        }
        foreach (var now in after.EnumerateObject())
            if (!before.TryGetProperty(now.Name, out _))
                return $"{path}.{now.Name} was added";
        return null;
    }
}
