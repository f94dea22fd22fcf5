using System.Text.Json.Serialization.Metadata;

namespace Headrace.Worker.Methods;

/// <summary>
/// Checks that a type and all its members can be deserialized from JSON. The serializer itself would fail only for the
/// first job, and the schema of an interface is an empty object that accepts everything.
/// </summary>
internal static class DeserializationCheck
{
    public static void Check(JsonTypeInfo type) => Check(type, []);

    private static void Check(JsonTypeInfo type, HashSet<Type> seen)
    {
        if (!seen.Add(type.Type))
            return;
        if (typeof(Delegate).IsAssignableFrom(type.Type))
            throw new NotSupportedException($"{type.Type.Name} is a delegate, which JSON cannot represent");
        if (type.Kind == JsonTypeInfoKind.Object && type.Type.IsAbstract && type.PolymorphismOptions is null)
            throw new NotSupportedException(
                $"{type.Type.Name} cannot be deserialized from JSON; use a concrete record or class, or "
                    + "declare its derived types with [JsonDerivedType]"
            );
        if (type.ElementType is { } element)
            Check(MethodJson.Options.GetTypeInfo(element), seen);
        if (type.Kind != JsonTypeInfoKind.Object)
            return;
        foreach (var property in type.Properties)
            Check(MethodJson.Options.GetTypeInfo(property.PropertyType), seen);
    }
}
