using System.Text.Json;
using System.Text.Json.Serialization;

namespace Headrace.Apps.Benchop.Commands;

/// <summary>The JSON form of a job's result, as the commands read and print it.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CellAnswer))]
internal sealed partial class BenchopJson : JsonSerializerContext;
