using System.Text.Json;
using System.Text.Json.Serialization;
using Headrace.Bench.Bulk;
using Headrace.Bench.Chaos;
using Headrace.Bench.Memory;
using Headrace.Bench.Recovery;
using Headrace.Bench.Sha512;
using Headrace.Bench.SlowDisk;
using Headrace.Bench.Speed;

namespace Headrace.Bench;

/// <summary>The JSON form of measurements.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ChaosCounts))]
[JsonSerializable(typeof(RecoveryRun))]
[JsonSerializable(typeof(BulkRun))]
[JsonSerializable(typeof(SlowDiskCounts))]
[JsonSerializable(typeof(MemoryRun))]
[JsonSerializable(typeof(KernelRun))]
[JsonSerializable(typeof(ServiceRun))]
[JsonSerializable(typeof(LoadTarget))]
[JsonSerializable(typeof(LoadRound))]
[JsonSerializable(typeof(SpeedRow))]
internal sealed partial class BenchJson : JsonSerializerContext;
