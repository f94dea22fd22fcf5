using System.Text.Json;
using System.Text.Json.Serialization;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Output;

/// <summary>A file and the job it became, or why it did not.</summary>
internal sealed record FileLine(string File, string? Id, ProblemReply? Problem);

/// <summary>A cancelled job.</summary>
internal sealed record CancelLine(string Id, string Result);

/// <summary>A server that is ready.</summary>
internal sealed record UpLine(string Url, string Socket, string Data, int ProcessId);

/// <summary>The local workers have joined: methods can be called now.</summary>
internal sealed record JoinedLine(int WorkersJoined);

/// <summary>The first job of a server: what it gave, and how long that took from submission to result.</summary>
internal sealed record FirstJobLine(string File, string Result, double Milliseconds);

/// <summary>A setting, its value (null when it has none), and where that comes from.</summary>
internal sealed record SettingLine(string Name, string? Value, string Origin);

/// <summary>The JSON that only the command line writes.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(FileLine))]
[JsonSerializable(typeof(CancelLine))]
[JsonSerializable(typeof(UpLine))]
[JsonSerializable(typeof(JoinedLine))]
[JsonSerializable(typeof(FirstJobLine))]
[JsonSerializable(typeof(WorkerReply))]
[JsonSerializable(typeof(SettingLine))]
internal sealed partial class CliJson : JsonSerializerContext;
