using System.Text.Json;
using Headrace.Commands;

namespace Headrace.Cli.Settings;

/// <summary>
/// A configuration file: a JSON object (comments allowed), read flat, <c>queues:jobs</c>. A name that is not a setting
/// is a fault, so that a misspelt one is not silently the default.
/// </summary>
internal static class SettingsFile
{
    private static readonly JsonDocumentOptions Lenient = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    public static IReadOnlyDictionary<string, string> Read(string path, IReadOnlyCollection<string> known)
    {
        if (!File.Exists(path))
            return new Dictionary<string, string>();
        try
        {
            return Parse(File.ReadAllText(path), path, known);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The settings file {path} cannot be read: {unreadable.Message}");
        }
    }

    public static IReadOnlyDictionary<string, string> Parse(string json, string path, IReadOnlyCollection<string> known)
    {
        var settings = new Dictionary<string, string>();
        try
        {
            using var document = JsonDocument.Parse(json, Lenient);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new UsageException($"The settings file {path} is not a JSON object.");
            Flatten(document.RootElement, "", settings);
        }
        catch (JsonException broken)
        {
            throw new UsageException($"The settings file {path} is not JSON: {broken.Message}");
        }
        var unknown = settings.Keys.Where(k => !known.Contains(k)).ToList();
        if (unknown.Count > 0)
            throw new UsageException(
                $"The settings file {path} names {string.Join(", ", unknown)}; there are: {string.Join(", ", known)}."
            );
        return settings;
    }

    private static void Flatten(JsonElement element, string prefix, Dictionary<string, string> settings)
    {
        foreach (var member in element.EnumerateObject())
        {
            var name = prefix + member.Name;
            if (member.Value.ValueKind == JsonValueKind.Object)
                Flatten(member.Value, name + ":", settings);
            else if (member.Value.ValueKind != JsonValueKind.Null)
                settings[name] = member.Value.ToString();
        }
    }
}
