using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Headrace.Worker.Methods;

/// <summary>
/// Defines how parameters and results are serialized: with camelCase names, with enums as strings, and without lenient
/// conversions. Schema, validation and binding all use these options.
/// </summary>
internal static class MethodJson
{
    public static readonly JsonSerializerOptions Options = Make();

    /// <summary>Rejects duplicate property names, which are ambiguous.</summary>
    public static readonly JsonDocumentOptions Reading = new() { AllowDuplicateProperties = false };

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            AllowDuplicateProperties = false,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
        };
        options.MakeReadOnly();
        return options;
    }
}
