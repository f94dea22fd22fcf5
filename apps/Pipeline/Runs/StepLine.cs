using System.Text.Json.Serialization;

namespace Headrace.Apps.Pipeline.Runs;

/// <summary>The end of a step, as <c>headrace pipeline --json</c> prints it.</summary>
internal sealed record StepLine(string Chain, string Step, long Param, string Text, bool Failed, string Job);

/// <summary>The JSON of <see cref="StepLine"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StepLine))]
internal sealed partial class StepJson : JsonSerializerContext;
