using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;

namespace Headrace.Worker.Methods;

/// <summary>
/// Derives the JSON Schema of one parameter from its type as System.Text.Json reads it, its annotations and its
/// default.
/// </summary>
internal static class ParameterSchema
{
    private static readonly JsonSchemaExporterOptions Exporting = new()
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = Annotate,
    };

    /// <summary>
    /// Returns the schema. Throws <see cref="NotSupportedException"/> or <see cref="ArgumentException"/> when JSON
    /// Schema cannot express the type or the annotations.
    /// </summary>
    public static JsonObject Of(ParameterInfo parameter)
    {
        var node = MethodJson.Options.GetJsonSchemaAsNode(parameter.ParameterType, Exporting);
        var schema = AsObject(node);
        if (MayBeNull(parameter))
            AllowNull(schema);
        Annotations.Write(schema, Annotations.Of(parameter));
        var name = parameter.Name!.Replace("~", "~0", StringComparison.Ordinal);
        Rebase(schema, $"#/properties/{name.Replace("/", "~1", StringComparison.Ordinal)}");
        if (parameter.HasDefaultValue)
            schema["default"] = DefaultOf(parameter);
        return schema;
    }

    private static JsonNode? DefaultOf(ParameterInfo parameter)
    {
        if (parameter.DefaultValue is not { } value)
            return null;
        var type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        // The compiler stores the default of an enum parameter as a number.
        if (type.IsEnum)
            value = Enum.ToObject(type, value);
        return System.Text.Json.JsonSerializer.SerializeToNode(value, type, MethodJson.Options);
    }

    private static JsonNode Annotate(JsonSchemaExporterContext context, JsonNode node)
    {
        if (context.PropertyInfo is not { } property)
            return node;
        var attributes = new List<Attribute>();
        if (property.AttributeProvider is MemberInfo member)
            attributes.AddRange(Annotations.Of(member));
        if (property.AssociatedParameter?.AttributeProvider is ParameterInfo parameter)
            attributes.AddRange(Annotations.Of(parameter));
        if (attributes.Count == 0)
            return node;
        var schema = AsObject(node);
        Annotations.Write(schema, attributes);
        return schema;
    }

    /// <summary>
    /// Returns true when a reference parameter is nullable. The exporter sees only the type, but the nullability is
    /// stored on the parameter.
    /// </summary>
    private static bool MayBeNull(ParameterInfo parameter) =>
        !parameter.ParameterType.IsValueType
        && new NullabilityInfoContext().Create(parameter).WriteState == NullabilityState.Nullable;

    private static void AllowNull(JsonObject schema)
    {
        if (schema["type"] is JsonValue type && type.GetValue<string>() != "null")
            schema["type"] = new JsonArray(type.DeepClone(), "null");
    }

    /// <summary>
    /// Rewrites the references of a recursive type, which start at the root of the type. In the schema of the method,
    /// that root is the parameter.
    /// </summary>
    private static void Rebase(JsonNode? node, string root)
    {
        if (node is JsonArray array)
        {
            foreach (var item in array)
                Rebase(item, root);
        }
        else if (node is JsonObject schema)
        {
            if (
                schema["$ref"] is JsonValue reference
                && reference.TryGetValue<string>(out var pointer)
                && pointer.StartsWith('#')
            )
                schema["$ref"] = root + pointer[1..];
            foreach (var (_, child) in schema)
                Rebase(child, root);
        }
    }

    /// <summary>
    /// Returns the schema as an object that can hold annotations. The schema <c>true</c> becomes an empty object.
    /// </summary>
    private static JsonObject AsObject(JsonNode node) => node as JsonObject ?? [];
}
