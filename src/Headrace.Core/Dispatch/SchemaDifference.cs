using System.Text.Json;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Finds the first difference between two JSON Schemas, so that a rejection can name the field (R22).
/// </summary>
internal static class SchemaDifference
{
    public static string? Find(string before, string after)
    {
        if (before == after)
            return null;
        using var a = JsonDocument.Parse(before);
        using var b = JsonDocument.Parse(after);
        return Find(a.RootElement, b.RootElement, "$");
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
