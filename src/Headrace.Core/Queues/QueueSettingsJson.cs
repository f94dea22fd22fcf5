using System.Text.Json.Serialization;

namespace Headrace.Core.Queues;

/// <summary>The JSON of <see cref="QueueSettings"/>. Members that are not set are left out.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault
)]
[JsonSerializable(typeof(QueueSettings))]
internal sealed partial class QueueSettingsJson : JsonSerializerContext;
