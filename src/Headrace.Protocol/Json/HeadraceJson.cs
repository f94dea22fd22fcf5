using System.Text.Json;
using System.Text.Json.Serialization;

namespace Headrace.Protocol.Json;

/// <summary>
/// Contains the JSON serializers of the <c>/v1</c> API, generated at build time. Names are in camelCase, and null
/// members are omitted.
/// </summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SubmitRequest))]
[JsonSerializable(typeof(RetryTerms))]
[JsonSerializable(typeof(SweepRequest))]
[JsonSerializable(typeof(MatchReply))]
[JsonSerializable(typeof(SweepReply))]
[JsonSerializable(typeof(IReadOnlyList<SweepReply>))]
[JsonSerializable(typeof(FailurePage))]
[JsonSerializable(typeof(FailureGroupReply))]
[JsonSerializable(typeof(SubmittedReply))]
[JsonSerializable(typeof(BatchLine))]
[JsonSerializable(typeof(JobReply))]
[JsonSerializable(typeof(JobPage))]
[JsonSerializable(typeof(WhyReply))]
[JsonSerializable(typeof(IReadOnlyList<JobReply>))]
[JsonSerializable(typeof(IReadOnlyList<AttemptReply>))]
[JsonSerializable(typeof(AttemptReply))]
[JsonSerializable(typeof(IReadOnlyList<QueueReply>))]
[JsonSerializable(typeof(QueueReply))]
[JsonSerializable(typeof(IReadOnlyList<MethodReply>))]
[JsonSerializable(typeof(MethodReply))]
[JsonSerializable(typeof(IReadOnlyList<WorkerReply>))]
[JsonSerializable(typeof(IReadOnlyList<PoolReply>))]
[JsonSerializable(typeof(IReadOnlyList<PoolDecisionReply>))]
[JsonSerializable(typeof(WorkerLogReply))]
[JsonSerializable(typeof(WorkerLogLineReply))]
[JsonSerializable(typeof(ProblemReply))]
[JsonSerializable(typeof(CreateKeyRequest))]
[JsonSerializable(typeof(RotateKeyRequest))]
[JsonSerializable(typeof(KeyReply))]
[JsonSerializable(typeof(IReadOnlyList<KeyReply>))]
[JsonSerializable(typeof(CreateUserRequest))]
[JsonSerializable(typeof(ChangeUserRequest))]
[JsonSerializable(typeof(ChangePasswordRequest))]
[JsonSerializable(typeof(UserReply))]
[JsonSerializable(typeof(IReadOnlyList<UserReply>))]
[JsonSerializable(typeof(LoginRequest))]
[JsonSerializable(typeof(RefreshRequest))]
[JsonSerializable(typeof(LoginReply))]
[JsonSerializable(typeof(CallerReply))]
[JsonSerializable(typeof(SessionLinkReply))]
[JsonSerializable(typeof(SessionReply))]
[JsonSerializable(typeof(AuditPage))]
[JsonSerializable(typeof(AuditReply))]
public sealed partial class HeadraceJson : JsonSerializerContext;
