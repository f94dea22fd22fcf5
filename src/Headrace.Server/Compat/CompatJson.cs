using System.Text.Json;
using System.Text.Json.Serialization;

namespace Headrace.Server.Compat;

/// <summary>JSON serialization for the routes that emulate other systems.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Seed004Answer))]
[JsonSerializable(typeof(Seed004OctaveAnswer))]
[JsonSerializable(typeof(Seed004Description))]
[JsonSerializable(typeof(Seed004ProblemReply))]
[JsonSerializable(typeof(Seed004AllReply))]
[JsonSerializable(typeof(Seed004RankReply))]
[JsonSerializable(typeof(Seed004AllRanksReply))]
[JsonSerializable(typeof(Seed004RankRequest))]
[JsonSerializable(typeof(Seed004TestReply))]
[JsonSerializable(typeof(Seed004WorkersReply))]
[JsonSerializable(typeof(Seed004MethodsReply))]
[JsonSerializable(typeof(Seed004VersionReply))]
[JsonSerializable(typeof(Seed004QueueReply))]
[JsonSerializable(typeof(Seed004PurgeReply))]
internal sealed partial class CompatJson : JsonSerializerContext;
