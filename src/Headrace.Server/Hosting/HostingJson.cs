using System.Text.Json;
using System.Text.Json.Serialization;

namespace Headrace.Server.Hosting;

/// <summary>JSON serialization for the readiness reply.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true
)]
[JsonSerializable(typeof(ReadyReply))]
internal sealed partial class HostingJson : JsonSerializerContext;
