using System.Text.Json;
using System.Text.Json.Serialization;

namespace Headrace.Protocol.Json;

/// <summary>The JSON of <c>/v1</c>, generated at build time: camelCase, absent instead of null.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JobRequest))]
[JsonSerializable(typeof(SubmittedReply))]
[JsonSerializable(typeof(BatchLine))]
[JsonSerializable(typeof(JobReply))]
[JsonSerializable(typeof(JobPage))]
[JsonSerializable(typeof(WhyReply))]
[JsonSerializable(typeof(IReadOnlyList<JobReply>))]
[JsonSerializable(typeof(IReadOnlyList<AttemptReply>))]
[JsonSerializable(typeof(IReadOnlyList<QueueReply>))]
[JsonSerializable(typeof(QueueReply))]
[JsonSerializable(typeof(IReadOnlyList<MethodReply>))]
[JsonSerializable(typeof(MethodReply))]
[JsonSerializable(typeof(IReadOnlyList<WorkerReply>))]
[JsonSerializable(typeof(IReadOnlyList<PoolReply>))]
[JsonSerializable(typeof(IReadOnlyList<PoolDecisionReply>))]
[JsonSerializable(typeof(ProblemReply))]
public sealed partial class HeadraceJson : JsonSerializerContext;
