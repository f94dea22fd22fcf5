namespace Headrace.Core.Dispatch;

/// <summary>Decides which incarnation owns a worker name (R9) and which methods it may offer (R22).</summary>
internal sealed class Joining(BrokerState state, Releasing releasing)
{
    /// <summary>
    /// Returns the sender's worker and registers it on its first exchange. Returns null with the reason if the
    /// incarnation must terminate.
    /// </summary>
    public Worker? Admit(Command.Exchange exchange, Turn turn, out string why)
    {
        var message = exchange.Message;
        why = "";
        if (state.Workers.TryGet(message.Sender.Worker, out var current))
        {
            if (current.Self == message.Sender)
                return Takes(current, message, turn, out why) ? current : null;
            why = $"The name {message.Sender.Worker} is in use by another incarnation of this worker.";
            if (exchange.Number != 1)
                return null;
            if (exchange.Predecessor is { } predecessor && predecessor.Incarnation == current.Self.Incarnation)
                releasing.Dismiss(current, predecessor.How, turn);
            else if (turn.Elapsed - current.Heard < state.Options.Lease)
                return null;
            // A worker that cannot join must not replace another: the unresponsive one may reconnect and resume its
            // jobs (R11).
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
            why = "This incarnation has not joined, or it has already ended.";
            return null;
        }
        return Join(message, turn, out why);
    }

    /// <summary>
    /// Marks the worker as seen and updates its offers. Returns false with the reason if an offer contradicts a known
    /// method.
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

    /// <summary>Registers methods that no worker offers yet. Known methods stay unchanged.</summary>
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

    /// <summary>Returns the method row after this offer. An empty schema leaves the known schema unchanged.</summary>
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
        // No other worker currently offers different limits or slots, or this offer would have been rejected. The new
        // values therefore apply to the method.
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
                why = $"{name} is offered without a schema, and the store has no schema for it.";
            else if (known is not null && Difference(known.Schema, offer.Schema) is { } difference)
                why = $"The schema offered for {name} differs from the stored one: {difference}. {NewVersion(offer)}";
            else if (known is not null && Difference(known.ResultSchema, offer.ResultSchema) is { } other)
                why = $"The result schema offered for {name} differs from the stored one: {other}. {NewVersion(offer)}";
            else if (known is { Offered: > 0 } && known.Loss != offer.Loss)
                why =
                    $"The loss policy offered for {name} (onLost, exclusive, maxWorkerCrashes, maxLostLeases) "
                    + "differs from the one of the workers that offer it now. Start the new workers after "
                    + "those have ended, or give the changed method a new version.";
            else if (known is { Offered: > 0 } && known.Slots != offer.Slots)
                why =
                    $"{name} is offered with {offer.Slots} slots per attempt, but the workers that offer it "
                    + $"now use {known.Slots}. Start the new workers after those have ended, or give the "
                    + "changed method a new version.";
            if (why.Length > 0)
                return false;
        }
        return true;
    }

    /// <summary>Describes where two schemas differ; null if either of them is empty.</summary>
    private static string? Difference(string before, string after) =>
        before.Length > 0 && after.Length > 0 ? SchemaDifference.Find(before, after) : null;

    private static string NewVersion(Offer offer) =>
        $"Give the changed method a new version, for example {offer.Method}@{offer.Version + 1}.";
}
