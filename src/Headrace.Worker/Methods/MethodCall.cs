using System.Text.Json;
using Headrace.Worker.Exchange;

namespace Headrace.Worker.Methods;

/// <summary>Contains the values from which the parameters of one call are bound.</summary>
internal readonly record struct MethodCall(JobAttempt Attempt, JsonElement Params)
{
    public JobContext Job => Attempt;
}
