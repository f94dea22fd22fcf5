using System.Text.Json;
using Headrace.Worker.Exchange;

namespace Headrace.Worker.Methods;

/// <summary>What one call of a method is made of.</summary>
internal readonly record struct MethodCall(Attempt Attempt, JsonElement Params)
{
    public IJob Job => Attempt;
}
