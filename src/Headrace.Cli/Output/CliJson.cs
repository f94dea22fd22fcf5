using System.Text.Json;
using System.Text.Json.Serialization;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Output;

/// <summary>A file and the job it became, or why it did not.</summary>
internal sealed record FileLine(string File, string? Id, ProblemReply? Problem);

/// <summary>A cancelled job.</summary>
internal sealed record CancelLine(string Id, string Result);

/// <summary>The JSON that only the command line writes.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(FileLine))]
[JsonSerializable(typeof(CancelLine))]
[JsonSerializable(typeof(WorkerReply))]
internal sealed partial class CliJson : JsonSerializerContext;
