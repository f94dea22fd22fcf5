using Headrace.Worker.Methods;

namespace Headrace.Worker.Exchange;

/// <summary>A call a job, each on a thread of its own.</summary>
internal sealed class SingleRunner(Method? method) : MethodRunner
{
    // Off the loop from the start: a method may compute for hours before it first waits.
    public override void Run(Attempt attempt, int seat) => _ = Task.Run(() => attempt.RunAsync(method));
}
