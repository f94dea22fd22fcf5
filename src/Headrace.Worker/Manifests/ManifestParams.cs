using System.Text.Json;
using Headrace.Core;

namespace Headrace.Worker.Manifests;

/// <summary>Reads the schemas of a manifest, and compares the params with the placeholders of its arguments.</summary>
internal sealed class ManifestParams(ManifestValues values, Func<string, string?> schemaFault)
{
    /// <summary>The types whose values are unambiguous as a program argument.</summary>
    private static readonly string[] ArgumentTypes = ["string", "number", "boolean"];

    /// <summary>Returns the manifest with its params schema.</summary>
    /// <param name="schema">The member <c>params</c>; null to derive the schema from the arguments.</param>
    /// <param name="argv">The member <c>argv</c>; null if it is missing.</param>
    /// <param name="manifest">The manifest, whose arguments have been read.</param>
    public MethodManifest Read(LocatedJson? schema, LocatedJson? argv, MethodManifest manifest)
    {
        var used = manifest.Arguments.SelectMany(argument => argument.Parameters).Distinct().ToList();
        if (schema is null)
            return manifest with { ParamsSchema = Derive(used) };
        manifest = manifest with { ParamsSchema = ReadSchema(schema, "params") };
        var properties = schema.Members.FirstOrDefault(member => member.Name == "properties")?.Value;
        if (properties is not { Kind: JsonValueKind.Object })
            return manifest;
        foreach (var name in used)
            if (properties.Members.All(property => property.Name != name))
                values.Add(
                    argv!.Elements.First(element => element.Text.Contains($"{{params.{name}}}")).Place,
                    $"The placeholder {{params.{name}}} does not match any property of params."
                        + Hint(name, properties)
                );
        return manifest with { Defaults = DefaultsOf(properties) };
    }

    /// <summary>Returns a schema as JSON text.</summary>
    public string ReadSchema(LocatedJson value, string what)
    {
        if (!values.Is(value, JsonValueKind.Object, what, "a JSON Schema, which is an object"))
            return "{}";
        var text = value.ToJson();
        if (schemaFault(text) is { } fault)
            values.Add(value.Place, $"The schema of {what} {fault}.");
        return text;
    }

    private static string Hint(string name, LocatedJson properties) =>
        properties.Members.Count == 0
            ? ""
            : $" Did you mean {{params.{EditDistance.Nearest(name, properties.Members.Select(p => p.Name))}}}?";

    private static Dictionary<string, string> DefaultsOf(LocatedJson properties)
    {
        var defaults = new Dictionary<string, string>();
        foreach (var property in properties.Members)
            foreach (var member in property.Value.Members)
                if (member.Name == "default")
                    defaults[property.Name] = member.Value.ToJson();
        return defaults;
    }

    /// <summary>Returns the schema of params that contain exactly the parameters used by the arguments.</summary>
    private static string Derive(List<string> names)
    {
        var properties = names.ToDictionary(name => name, _ => new { type = ArgumentTypes });
        return names.Count == 0
            ? """{"type":"object","properties":{},"additionalProperties":false}"""
            : JsonSerializer.Serialize(
                new
                {
                    type = "object",
                    properties,
                    required = names,
                    additionalProperties = false,
                }
            );
    }
}
