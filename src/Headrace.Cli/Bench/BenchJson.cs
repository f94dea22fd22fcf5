using System.Text.Json;
using System.Text.Json.Serialization;
using Headrace.Cli.Bench.Chaos;
using Headrace.Cli.Bench.Recovery;
using Headrace.Cli.Bench.Sha512;
using Headrace.Cli.Bench.Speed;

namespace Headrace.Cli.Bench;

/// <summary>The JSON of measurements.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ChaosCounts))]
[JsonSerializable(typeof(RecoveryRun))]
[JsonSerializable(typeof(KernelRun))]
[JsonSerializable(typeof(ServiceRun))]
[JsonSerializable(typeof(LoadTold))]
[JsonSerializable(typeof(LoadRound))]
[JsonSerializable(typeof(SpeedRow))]
internal sealed partial class BenchJson : JsonSerializerContext;
