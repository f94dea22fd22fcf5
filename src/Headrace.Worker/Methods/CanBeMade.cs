using System.Text.Json.Serialization.Metadata;

namespace Headrace.Worker.Methods;

/// <summary>
/// Whether JSON can make values of a type, in all its parts. The serializer itself would only find out when the first
/// job is read, and the schema of an interface
/// is an empty object, which says nothing.
/// </summary>
internal static class CanBeMade
{
    public static void Check(JsonTypeInfo type) => Check(type, []);

    private static void Check(JsonTypeInfo type, HashSet<Type> seen)
    {
        if (!seen.Add(type.Type))
            return;
        if (typeof(Delegate).IsAssignableFrom(type.Type))
            throw new NotSupportedException($"{type.Type.Name} is code, which JSON does not carry");
        if (type.Kind == JsonTypeInfoKind.Object && type.Type.IsAbstract && type.PolymorphismOptions is null)
            throw new NotSupportedException(
                $"{type.Type.Name} cannot be made from JSON; take a record or class, or name its kinds by [JsonDerivedType]"
            );
        if (type.ElementType is { } element)
            Check(MethodJson.Options.GetTypeInfo(element), seen);
        if (type.Kind != JsonTypeInfoKind.Object)
            return;
        foreach (var property in type.Properties)
            Check(MethodJson.Options.GetTypeInfo(property.PropertyType), seen);
    }
}
