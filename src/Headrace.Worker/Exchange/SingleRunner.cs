using Headrace.Worker.Methods;

namespace Headrace.Worker.Exchange;

/// <summary>Calls the method once for each job; the jobs of one slot run one after the other.</summary>
internal sealed class SingleRunner(Method? method, Inbox inbox, TimeProvider clock) : MethodRunner
{
    private readonly Dictionary<int, SeatLine> _lines = [];

    public override void Run(Attempt attempt, int seat)
    {
        if (!_lines.TryGetValue(seat, out var line))
            _lines.Add(seat, line = new SeatLine(method, inbox, clock));
        line.Add(attempt);
    }
}
