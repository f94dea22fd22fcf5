using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Headrace.Worker.Methods;

/// <summary>
/// How parameters and results are written as JSON: camelCase, enums as words, nothing guessed. Schema, check and
/// binding all follow these options.
/// </summary>
internal static class MethodJson
{
    public static readonly JsonSerializerOptions Options = Make();

    /// <summary>A name given twice has no meaning: it is refused instead of letting one of them win.</summary>
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
