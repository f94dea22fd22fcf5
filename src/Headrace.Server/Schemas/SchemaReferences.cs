using System.Globalization;
using System.Text.Json;

namespace Headrace.Server.Schemas;

/// <summary>
/// Resolves the references within a schema: JSON pointers (<c>#/$defs/point</c>) and anchors (<c>#point</c>). A schema
/// must not make the server read files or open connections, so any other reference is rejected.
/// </summary>
internal sealed class SchemaReferences(JsonElement root)
{
    private Dictionary<string, (JsonElement Target, string Path)>? _anchors;

    public static string Escape(string name) =>
        name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    /// <summary>
    /// Returns the referenced part and its path. <paramref name="path"/> is the path of the reference.
    /// </summary>
    public (JsonElement Target, string Path) Resolve(string reference, string path)
    {
        if (reference == "#" || IsRoot(reference))
            return (root, "#");
        if (!reference.StartsWith('#'))
            throw new SchemaException(
                $"refers to '{SchemaText.Clip(reference)}'; only references within the schema are supported"
            );
        var fragment = Uri.UnescapeDataString(reference[1..]);
        if (fragment.StartsWith('/') && Follow(fragment) is { } target)
            return (target, "#" + fragment);
        if (Anchors().TryGetValue(fragment, out var anchor))
            return anchor;
        throw new SchemaException(
            $"is not valid at {SchemaText.Clip(path)}: there is no '{SchemaText.Clip(reference)}' in the schema"
        );
    }

    private bool IsRoot(string reference) =>
        root.TryGetProperty("$id", out var id) && id.ValueKind == JsonValueKind.String && id.ValueEquals(reference);

    private JsonElement? Follow(string pointer)
    {
        var at = root;
        foreach (var step in pointer[1..].Split('/'))
        {
            var name = step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (at.ValueKind == JsonValueKind.Object && at.TryGetProperty(name, out var member))
                at = member;
            else if (
                at.ValueKind == JsonValueKind.Array
                && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                && index < at.GetArrayLength()
            )
                at = at[index];
            else
                return null;
        }
        return at;
    }

    private Dictionary<string, (JsonElement Target, string Path)> Anchors()
    {
        if (_anchors is null)
        {
            _anchors = [];
            FindAnchors(root, "#", _anchors);
        }
        return _anchors;
    }

    private static void FindAnchors(
        JsonElement at,
        string path,
        Dictionary<string, (JsonElement Target, string Path)> anchors
    )
    {
        if (at.ValueKind == JsonValueKind.Array)
            foreach (var (i, item) in at.EnumerateArray().Index())
                FindAnchors(item, $"{path}/{i}", anchors);
        if (at.ValueKind != JsonValueKind.Object)
            return;
        if (at.TryGetProperty("$anchor", out var name) && name.ValueKind == JsonValueKind.String)
            anchors.TryAdd(name.GetString()!, (at, path));
        foreach (var member in at.EnumerateObject())
            FindAnchors(member.Value, $"{path}/{Escape(member.Name)}", anchors);
    }
}
