using Headrace.Worker.Methods;

namespace Headrace.Worker.Exchange;

/// <summary>Calls the method once for each job; the jobs of one slot run one after the other.</summary>
internal sealed class SingleRunner(Method? method, Inbox inbox, TimeProvider clock) : MethodRunner
{
    private readonly Dictionary<int, SlotQueue> _lines = [];

    public override void Run(JobAttempt attempt, int slot)
    {
        if (!_lines.TryGetValue(slot, out var line))
            _lines.Add(slot, line = new SlotQueue(method, inbox, clock));
        line.Add(attempt);
    }
}
