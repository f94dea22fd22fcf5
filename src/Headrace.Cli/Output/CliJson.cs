using System.Text.Json;
using System.Text.Json.Serialization;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Output;

/// <summary>A submitted file, and the id of its job or the problem that the server reported.</summary>
internal sealed record FileLine(string File, string? Id, ProblemReply? Problem);

/// <summary>A cancelled job.</summary>
internal sealed record CancelLine(string Id, string Result);

/// <summary>A server that is ready.</summary>
internal sealed record UpLine(string Url, string Socket, string Data, int ProcessId, long MemoryBytes)
{
    /// <summary>The address specified by <c>--listen</c>; null if the option is not set.</summary>
    public string? NetworkUrl { get; init; }
}

/// <summary>The number of local workers that have joined the server.</summary>
internal sealed record JoinedLine(int WorkersJoined);

/// <summary>The first job of a server: its result, and the time from submission to result.</summary>
internal sealed record FirstJobLine(string File, string Result, double Milliseconds);

/// <summary>The name of a setting, its value (null if not set), and the origin of the value.</summary>
internal sealed record SettingLine(string Name, string? Value, string Origin);

/// <summary>A server event: exactly one of the members after its kind is set.</summary>
internal sealed record EventLine(
    string Kind,
    JobEventReply? Job,
    QueueEventReply? Queue,
    WorkerEventReply? Worker,
    PoolEventReply? Pool,
    WebhookEventReply? Webhook,
    ResyncReply? Resync
);

/// <summary>A login whose tokens are stored for later commands.</summary>
internal sealed record LoginLine(string Server, string User, DateTimeOffset Expires);

/// <summary>JSON serialization of the types that only the command line writes.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(FileLine))]
[JsonSerializable(typeof(CancelLine))]
[JsonSerializable(typeof(EventLine))]
[JsonSerializable(typeof(UpLine))]
[JsonSerializable(typeof(JoinedLine))]
[JsonSerializable(typeof(FirstJobLine))]
[JsonSerializable(typeof(WorkerReply))]
[JsonSerializable(typeof(SettingLine))]
[JsonSerializable(typeof(ManifestLine))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(LoginLine))]
internal sealed partial class CliJson : JsonSerializerContext;
