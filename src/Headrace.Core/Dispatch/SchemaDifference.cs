using System.Text.Json;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Finds the first place where two JSON Schemas differ, so that a refused worker is told the field (R22).
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
                : $"{path} was {before.GetRawText()} and is {after.GetRawText()}";
        foreach (var was in before.EnumerateObject())
        {
            if (!after.TryGetProperty(was.Name, out var now))
                return $"{path}.{was.Name} is gone";
            if (Find(was.Value, now, $"{path}.{was.Name}") is { } difference)
                return difference;
        }
        foreach (var now in after.EnumerateObject())
            if (!before.TryGetProperty(now.Name, out _))
                return $"{path}.{now.Name} is new";
        return null;
    }
}
