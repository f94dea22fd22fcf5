using System.Text.Json;

namespace Headrace.Worker.Methods;

/// <summary>Contains the values from which the parameters of one call are bound.</summary>
internal readonly record struct MethodCall(JobExecution Job, JsonElement Params, object? Service);
