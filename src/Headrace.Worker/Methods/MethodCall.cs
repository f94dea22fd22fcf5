using System.Text.Json;
using Headrace.Worker.Exchange;

namespace Headrace.Worker.Methods;

/// <summary>Contains the values that parameters are bound from in one call.</summary>
internal readonly record struct MethodCall(JobAttempt Attempt, JsonElement Params)
{
    public JobContext Job => Attempt;
}
