using System.Text.Json;
using System.Text.Json.Serialization;
using Headrace.Protocol.Json;

namespace Headrace.Server.Bridges;

/// <summary>
/// A bridge in the registry: the request that defined it, and whether it is paused. The request contains the broker
/// password.
/// </summary>
internal sealed record BridgeDocument(BridgeRequest Definition, bool Paused)
{
    public const string Kind = "bridge";
}

/// <summary>JSON serialization of bridge documents.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BridgeDocument))]
internal sealed partial class BridgeJson : JsonSerializerContext;
