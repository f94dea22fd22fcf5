namespace Headrace.Core;

/// <summary>A command and who waits for its answer.</summary>
internal readonly record struct Arrival(Ticket Ticket, Command Command);

/// <summary>
/// What waits to be applied: commands in the order of their arrival, those that come back with rows, and after a refusal by the store the commands of the refused batch, which go first and one a batch (R5).
/// </summary>
internal sealed class ShardInbox
{
    private readonly LinkedList<Arrival> _waiting = [];
    private readonly Dictionary<Ticket, Arrival> _reading = [];
    private readonly Queue<Arrival> _isolated = [];
    private bool _isolating;

    public int Count => _isolated.Count + _waiting.Count;

    public void Add(Arrival arrival) => _waiting.AddLast(arrival);

    /// <summary>Takes the next command; an isolated one only as the first of its batch, and nothing after it.</summary>
    public bool TryTake(bool alone, out Arrival arrival)
    {
        arrival = default;
        if (_isolated.Count > 0 || _isolating)
        {
            if (alone) return false;
            _isolating = _isolated.TryDequeue(out arrival);
            if (_isolating) return true;
        }
        if (_waiting.First is not { } first) return false;
        arrival = first.Value;
        _waiting.RemoveFirst();
        return true;
    }

    /// <summary>A command is out on a read until <see cref="Answer"/> brings its rows.</summary>
    public void AwaitRows(Arrival arrival) => _reading.Add(arrival.Ticket, arrival);

    /// <summary>Brings the rows a submit asked for; nothing where its caller has gone.</summary>
    public void Answer(Ticket ticket, IReadOnlyList<StoredRow> rows)
    {
        if (!_reading.Remove(ticket, out var arrival)) return;
        var found = rows.OfType<KeyRow>().ToDictionary(row => row.Name);
        Add(arrival with { Command = (Command.Submit)arrival.Command with { Found = found } });
    }

    /// <summary>Drops a command whose caller has gone, as if it had never come; false where it has been applied.</summary>
    public bool Forget(Ticket ticket)
    {
        // One that is out on a read has pins in the broker, so the broker hears of it too.
        _reading.Remove(ticket);
        for (var node = _waiting.First; node is not null; node = node.Next)
        {
            if (node.Value.Ticket != ticket) continue;
            _waiting.Remove(node);
            return node.Value.Command is not Command.Submit { Found: not null };
        }
        return false;
    }

    /// <summary>Takes out what should not wait while the store is in trouble.</summary>
    public IReadOnlyList<Arrival> TakeImpatient()
    {
        var impatient = _waiting.Where(arrival => !arrival.Command.BearsDelay).ToList();
        foreach (var arrival in impatient) _waiting.Remove(arrival);
        return impatient;
    }

    /// <summary>
    /// The store refused these commands together. All of them follow one a batch; one that was refused alone is taken apart, outcome by outcome, and the offender is recorded without what it brought, or refused.
    /// False when nothing can be taken apart further. <paramref name="answered"/> is what is answered now.
    /// </summary>
    public bool Isolate(IReadOnlyList<Arrival> commands, string why, out IReadOnlyList<(Ticket, Answer)> answered)
    {
        var answers = new List<(Ticket, Answer)>();
        answered = answers;
        if (commands.Count == 0) return false;
        var rest = _isolated.ToList();
        _isolated.Clear();
        if (commands.Count > 1)
        {
            foreach (var command in commands) _isolated.Enqueue(Fresh(command));
        }
        else if (OutcomeIsolation.Split(commands[0]) is { } parts)
        {
            foreach (var part in parts) _isolated.Enqueue(part);
        }
        else if (OutcomeIsolation.Strip(commands[0], why) is { } stripped)
        {
            _isolated.Enqueue(stripped);
        }
        else
        {
            answers.Add((commands[0].Ticket, new Answer.Refused(new Refusal(RefusalKind.Unstorable, $"The store refuses this: {why}"))));
        }
        foreach (var command in rest) _isolated.Enqueue(command);
        // What waits, and what is out on a read, was aimed at a broker that is gone.
        foreach (var arrival in _waiting.Concat(_reading.Values))
            answers.Add((arrival.Ticket, new Answer.Refused(new Refusal(RefusalKind.Unavailable, $"The store refused a batch and is being loaded again: {why}") { RetryAfter = TimeSpan.FromSeconds(1) })));
        _waiting.Clear();
        _reading.Clear();
        return true;
    }

    /// <summary>Pins went with the old broker: a submit asks for its keys anew.</summary>
    private static Arrival Fresh(Arrival arrival) => arrival.Command is Command.Submit { Found: not null } submit ? arrival with { Command = submit with { Found = null } } : arrival;
}
