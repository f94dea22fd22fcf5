using System.Text.Json;
using System.Text.Json.Serialization;

namespace Headrace.Apps.Benchop.Commands;

/// <summary>The JSON serialization of a job's result, which the commands read and print.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CellAnswer))]
internal sealed partial class BenchopJson : JsonSerializerContext;
