using System.Text.Json;
using System.Text.Json.Serialization;

namespace Headrace.Apps.Benchop;

/// <summary>Writes an enum value as its name in camel case, as the results of methods do.</summary>
internal sealed class EnumNameConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase)
    where T : struct, Enum;
