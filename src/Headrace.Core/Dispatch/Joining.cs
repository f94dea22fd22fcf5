namespace Headrace.Core.Dispatch;

/// <summary>Which incarnation a name belongs to (R9), and which methods it may offer (R22).</summary>
internal sealed class Joining(BrokerState state, Releasing releasing)
{
    /// <summary>
    /// The sender's worker, joined now if this is its first exchange; null with the reason when its incarnation is
    /// over.
    /// </summary>
    public Worker? Admit(Command.Exchange exchange, Turn turn, out string why)
    {
        var message = exchange.Message;
        why = "";
        if (state.Workers.TryGet(message.Sender.Worker, out var current))
        {
            if (current.Self == message.Sender)
                return Takes(current, message, turn, out why) ? current : null;
            why = $"The name {message.Sender.Worker} belongs to another incarnation of this worker.";
            if (exchange.Number != 1)
                return null;
            if (exchange.Predecessor is { } predecessor && predecessor.Incarnation == current.Self.Incarnation)
                releasing.Dismiss(current, predecessor.How, turn);
            else if (turn.Elapsed - current.Heard < state.Options.Lease)
                return null;
            // Whoever cannot join displaces nobody: the silent one may come back and take up what it held (R11).
            else if (Agrees(message.Offers, out var against))
                releasing.Forget(current, turn);
            else
            {
                why = against;
                return null;
            }
        }
        else if (exchange.Number != 1 || state.Workers.HasEnded(message.Sender.Incarnation))
        {
            why = "This incarnation has not joined, or its end has been recorded.";
            return null;
        }
        return Join(message, turn, out why);
    }

    /// <summary>
    /// Hears a worker and takes what it now offers; false with the reason when an offer contradicts what is known.
    /// </summary>
    public bool Takes(Worker worker, WorkerMessage message, Turn turn, out string why)
    {
        if (!Agrees(message.Offers, out why))
            return false;
        worker.Heard = turn.Elapsed;
        worker.Known = true;
        if (worker.Silent)
        {
            worker.Silent = false;
            foreach (var (method, version) in worker.Offers)
                method.OfferedBy(version, +1);
        }
        if (message.Slots > 0)
            (worker.Slots, worker.Prefetch) = (message.Slots, message.Prefetch);
        if (message.Offers.Count == 0)
            return true;
        foreach (var (method, version) in worker.Offers)
            method.OfferedBy(version, -1);
        worker.Offers.Clear();
        worker.RunsOn.Clear();
        foreach (var offer in message.Offers)
            Offer(worker, offer, turn);
        return true;
    }

    /// <summary>
    /// Methods that some worker could offer: known from now on, offered by nobody yet. What is known already stays as
    /// it is.
    /// </summary>
    public Answer.Noted Introduce(IReadOnlyList<Offer> methods, Turn turn)
    {
        foreach (var offer in methods)
            if (!state.Methods.TryGet(offer.Method, out var known) || known.Find(offer.Version) is null)
                Learn(offer, turn);
        return new Answer.Noted();
    }

    private Method Learn(Offer offer, Turn turn)
    {
        var row = RowOf(offer, known: null);
        turn.Batch.Add(new RowChange.MethodPut(row));
        return state.Methods.Add(row);
    }

    /// <summary>The method's row as this offer leaves it: an empty schema keeps the one that is known.</summary>
    private static MethodRow RowOf(Offer offer, Method.Version? known) =>
        new(offer.Method, offer.Version, known?.Schema ?? offer.Schema)
        {
            Loss = offer.Loss,
            ResultSchema = known is { ResultSchema.Length: > 0 } ? known.ResultSchema : offer.ResultSchema,
            Slots = offer.Slots,
        };

    private Worker? Join(WorkerMessage message, Turn turn, out string why)
    {
        if (!Agrees(message.Offers, out why))
            return null;
        var worker = new Worker(message.Sender, message.Pool, turn.Now, turn.Elapsed);
        state.Workers.Add(worker);
        turn.Batch.Add(
            new RowChange.WorkerPut(
                new WorkerRow(worker.Self.Worker, worker.Self.Incarnation, worker.Pool, worker.Joined)
            )
        );
        turn.Batch.Add(new Effect.WorkerJoined(worker.Self, worker.Pool));
        Takes(worker, message, turn, out why);
        return worker;
    }

    private void Offer(Worker worker, Offer offer, Turn turn)
    {
        var known = state.Methods.TryGet(offer.Method, out var method) ? method.Find(offer.Version) : null;
        if (known is null)
            method = Learn(offer, turn);
        // No other worker offers different limits or slots now, or the broker would have refused this one: the values
        // of the newcomer apply from here.
        else if (RowOf(offer, known) is var row && row != known.Row)
        {
            known.Row = row;
            turn.Batch.Add(new RowChange.MethodPut(row));
        }
        method!.OfferedBy(offer.Version, +1);
        worker.Offers.Add((method, offer.Version));
        if (offer.RunsOn.Length > 0)
            worker.RunsOn[new MethodRef(offer.Method, offer.Version)] = offer.RunsOn;
    }

    private bool Agrees(IReadOnlyList<Offer> offers, out string why)
    {
        why = "";
        foreach (var offer in offers)
        {
            var name = new MethodRef(offer.Method, offer.Version);
            var known = state.Methods.TryGet(offer.Method, out var method) ? method.Find(offer.Version) : null;
            if (known is null && offer.Schema.Length == 0)
                why = $"{name} is offered without its schema, and this store does not know it.";
            else if (known is not null && Difference(known.Schema, offer.Schema) is { } difference)
                why = $"{name} is offered with another schema than before: {difference}. {NewVersion(offer)}";
            else if (known is not null && Difference(known.ResultSchema, offer.ResultSchema) is { } other)
                why = $"{name} is offered with another schema of its result than before: {other}. {NewVersion(offer)}";
            else if (known is { Offered: > 0 } && known.Loss != offer.Loss)
                why =
                    $"{name} is offered with another word on losses (onLost, exclusive, maxWorkerCrashes, maxLostLeases) than by the workers that offer it now. Start the new ones when those have ended, or give the changed method a new version.";
            else if (known is { Offered: > 0 } && known.Slots != offer.Slots)
                why =
                    $"{name} is offered with {offer.Slots} slots an attempt, and the workers that offer it now say {known.Slots}. Start the new ones when those have ended, or give the changed method a new version.";
            if (why.Length > 0)
                return false;
        }
        return true;
    }

    /// <summary>Where two schemas differ, if both are given.</summary>
    private static string? Difference(string before, string after) =>
        before.Length > 0 && after.Length > 0 ? SchemaDifference.Find(before, after) : null;

    private static string NewVersion(Offer offer) =>
        $"Give the changed method a new version, as in {offer.Method}@{offer.Version + 1}.";
}
