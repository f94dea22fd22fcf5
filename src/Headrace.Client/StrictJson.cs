using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Headrace.Protocol.Json;

namespace Headrace.Client;

/// <summary>
/// Reads replies strictly: a missing member is an error and does not set a non-null property to null. Otherwise, the
/// reply of another program, such as <c>{}</c>, would cause an error only where the value is used.
/// </summary>
internal static class StrictJson
{
    private static readonly JsonSerializerOptions Options = new(HeadraceJson.Default.Options)
    {
        RespectNullableAnnotations = true,
        TypeInfoResolver = HeadraceJson.Default.WithAddedModifier(RequireMembers),
    };

    public static JsonTypeInfo<T> For<T>(JsonTypeInfo<T> type) => (JsonTypeInfo<T>)Options.GetTypeInfo(type.Type);

    // Numeric members are not required, because an earlier version of the server may not send a count that this version
    // reads.
    private static void RequireMembers(JsonTypeInfo type)
    {
        foreach (var member in type.Properties)
            if (
                member.AssociatedParameter is { IsNullable: false, IsMemberInitializer: false, ParameterType: var read }
                && (!read.IsValueType || read == typeof(JsonElement))
            )
                member.IsRequired = true;
    }
}
