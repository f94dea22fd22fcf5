using System.Text.Json;
using System.Text.Json.Serialization;

namespace Headrace.Protocol.Json;

/// <summary>
/// Contains the serializers of <c>/v1</c>, generated at build time: camelCase names, null members omitted.
/// </summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SubmitRequest))]
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
