namespace Headrace.Core;

/// <summary>
/// A command and the request that waits for its response. If <paramref name="Alone"/> is set, the store rejected a
/// batch that contained the command, and the command is now committed in a separate batch (R5).
/// </summary>
internal readonly record struct Arrival(Ticket Ticket, Command Command, bool Alone = false);

/// <summary>
/// Commands waiting to be applied, in order of arrival, including those whose rows have been read. After the store
/// rejects a batch, the commands of that batch are retried first, one per batch.
/// </summary>
internal sealed class ShardInbox
{
    private readonly LinkedList<Arrival> _waiting = [];
    private readonly Dictionary<Ticket, Arrival> _reading = [];

    public int Count => _waiting.Count;

    public void Add(Arrival arrival) => _waiting.AddLast(arrival);

    /// <summary>
    /// Takes the next command for a batch. Returns false if none is waiting, or if it must not share a batch with the
    /// previous one.
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

    /// <summary>Holds a command until <see cref="Answer"/> delivers the rows it needs.</summary>
    public void AwaitRows(Arrival arrival) => _reading.Add(arrival.Ticket, arrival);

    /// <summary>
    /// Delivers the rows that a command needs. Does nothing if its caller disconnected or has already been rejected.
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

    /// <summary>Removes a command whose caller disconnected.</summary>
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

    /// <summary>
    /// Removes every request that must fail fast while the store is unavailable, including those waiting for a row
    /// read.
    /// </summary>
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
    /// Isolates the cause after the store rejected these commands. Several commands are retried one per batch. A single
    /// worker message is split into its outcomes, and the outcome that cannot be stored is recorded without its result;
    /// any other single command is rejected. Returns false if there is no command to isolate.
    /// <paramref name="answered"/> receives the responses to publish now.
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
                    new Answer.Refused(new Refusal(RefusalKind.Unstorable, $"The store rejected this request: {why}"))
                )
            );

        // Other waiting commands, including those waiting for rows, relied on the discarded broker state and are
        // rejected. Only commands isolated earlier stay.
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
                            $"The store rejected a batch, and the server is reloading its state: {why}"
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

    /// <summary>The new broker has no pending reads, so the command must request its rows again.</summary>
    private static Arrival Fresh(Arrival arrival) => arrival with { Command = arrival.Command.Fresh };
}
