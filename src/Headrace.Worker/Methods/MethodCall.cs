using System.Text.Json;

namespace Headrace.Worker.Methods;

/// <summary>What one call of a method is made of.</summary>
internal readonly record struct MethodCall(IJob Job, JsonElement Params, CancellationToken Stop);
