using System.Text.Json;
using System.Text.Json.Serialization;
using Headrace.Apps.Benchop.Octave;
using Headrace.Apps.Benchop.Ranking;
using Headrace.Apps.Benchop.Runs;

namespace Headrace.Apps.Benchop;

/// <summary>
/// The JSON serialization of job results, run files and rankings. The commands read and print the job results.
/// </summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CellAnswer))]
[JsonSerializable(typeof(OctaveAnswer))]
[JsonSerializable(typeof(RunLine))]
[JsonSerializable(typeof(RunSummary))]
[JsonSerializable(typeof(RunRanking))]
[JsonSerializable(typeof(RunComparison))]
internal sealed partial class BenchopJson : JsonSerializerContext;
