namespace Headrace.Core;

/// <summary>
/// A command and who waits for its answer. One that is <paramref name="Alone"/> was part of a batch that the store
/// refused, and gets a batch of its own (R5).
/// </summary>
internal readonly record struct Arrival(Ticket Ticket, Command Command, bool Alone = false);

/// <summary>
/// What waits to be applied: commands in the order of their arrival, and those that come back with the rows they
/// needed. After a refusal by the store the commands of the refused
/// batch go first, one a batch.
/// </summary>
internal sealed class ShardInbox
{
    private readonly LinkedList<Arrival> _waiting = [];
    private readonly Dictionary<Ticket, Arrival> _reading = [];

    public int Count => _waiting.Count;

    public void Add(Arrival arrival) => _waiting.AddLast(arrival);

    /// <summary>
    /// Takes the next command for a batch; false when none waits, or the next one and the last one taken must not share
    /// a batch.
    /// </summary>
    public bool TryTake(IReadOnlyList<Arrival> batch, out Arrival arrival)
    {
        arrival = default;
        if (_waiting.First is not { } first)
            return false;
        if (batch.Count > 0 && (first.Value.Alone || batch[^1].Alone))
            return false;
        arrival = first.Value;
        _waiting.RemoveFirst();
        return true;
    }

    /// <summary>A command is out on a read until <see cref="Answer"/> brings its rows.</summary>
    public void AwaitRows(Arrival arrival) => _reading.Add(arrival.Ticket, arrival);

    /// <summary>
    /// Brings the rows a command asked for; nothing where its caller has gone, or was told of trouble meanwhile.
    /// </summary>
    public void Answer(Ticket ticket, IReadOnlyList<StoredRow> rows)
    {
        if (!_reading.Remove(ticket, out var arrival))
            return;
        var back = arrival with { Command = arrival.Command.With(rows) };
        if (arrival.Alone)
            _waiting.AddFirst(back);
        else
            _waiting.AddLast(back);
    }

    /// <summary>Drops a command whose caller has gone, as if it had never come.</summary>
    public void Forget(Ticket ticket)
    {
        _reading.Remove(ticket);
        for (var node = _waiting.First; node is not null; node = node.Next)
        {
            if (node.Value.Ticket != ticket)
                continue;
            _waiting.Remove(node);
            return;
        }
    }

    /// <summary>Takes out what should not wait while the store is in trouble, what is out on a read included.</summary>
    public IReadOnlyList<Arrival> TakeImpatient()
    {
        var impatient = _waiting.Where(arrival => !arrival.Command.BearsDelay).ToList();
        foreach (var arrival in impatient)
            _waiting.Remove(arrival);
        impatient.AddRange(_reading.Values);
        _reading.Clear();
        return impatient;
    }

    /// <summary>
    /// The store refused these commands together. All of them follow one a batch; one that was refused alone is taken
    /// apart, outcome by outcome, and the offender is recorded without what it brought, or refused.
    /// False when nothing can be taken apart further. <paramref name="answered"/> is what is answered now.
    /// </summary>
    public bool Isolate(IReadOnlyList<Arrival> commands, string why, out IReadOnlyList<(Ticket, Answer)> answered)
    {
        var answers = new List<(Ticket, Answer)>();
        answered = answers;
        if (commands.Count == 0)
            return false;
        IReadOnlyList<Arrival> again = [];
        if (commands.Count > 1)
            again = commands;
        else if (OutcomeIsolation.Split(commands[0]) is { } parts)
            again = parts;
        else if (OutcomeIsolation.Strip(commands[0], why) is { } stripped)
            again = [stripped];
        else
            answers.Add(
                (
                    commands[0].Ticket,
                    new Answer.Refused(new Refusal(RefusalKind.Unstorable, $"The store refuses this: {why}"))
                )
            );

        // What else waits, and what is out on a read, was aimed at a broker that is gone; only what was isolated before
        // stays.
        var isolated = _waiting
            .Where(arrival => arrival.Alone)
            .Concat(_reading.Values.Where(arrival => arrival.Alone))
            .ToList();
        foreach (var arrival in _waiting.Concat(_reading.Values).Where(arrival => !arrival.Alone))
            answers.Add(
                (
                    arrival.Ticket,
                    new Answer.Refused(
                        new Refusal(
                            RefusalKind.Unavailable,
                            $"The store refused a batch and is being loaded again: {why}"
                        )
                        {
                            RetryAfter = TimeSpan.FromSeconds(1),
                        }
                    )
                )
            );
        _waiting.Clear();
        _reading.Clear();
        foreach (var arrival in again.Concat(isolated))
            _waiting.AddLast(Fresh(arrival) with { Alone = true });
        return true;
    }

    /// <summary>Pins went with the old broker: a command asks for its rows anew.</summary>
    private static Arrival Fresh(Arrival arrival) => arrival with { Command = arrival.Command.Fresh };
}
