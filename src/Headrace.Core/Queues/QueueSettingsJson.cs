using System.Text.Json.Serialization;

namespace Headrace.Core.Queues;

/// <summary>The JSON form of <see cref="QueueSettings"/>. Members with default values are omitted.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault
)]
[JsonSerializable(typeof(QueueSettings))]
internal sealed partial class QueueSettingsJson : JsonSerializerContext;
