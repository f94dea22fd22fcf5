namespace Headrace.Core.Dispatch;

/// <summary>Decides which incarnation owns a worker name (R9) and which methods it may offer (R22).</summary>
internal sealed class JoinHandler(BrokerState state, ReleaseHandler releaseHandler)
{
    /// <summary>
    /// Returns the worker that sent the exchange, registering it if this is its first exchange. Returns null and sets
    /// the reason if the incarnation must terminate.
    /// </summary>
    public Worker? Admit(Command.Exchange exchange, ApplyContext context, out string reason)
    {
        var message = exchange.Message;
        reason = "";
        if (state.Workers.TryGet(message.Sender.Worker, out var current))
        {
            if (current.Identity == message.Sender)
                return TryUpdate(current, message, context, out reason) ? current : null;
            reason = WorkerName.InUse(message.Sender.Worker);
            if (exchange.Number != 1)
                return null;
            if (exchange.Predecessor is { } predecessor && predecessor.Incarnation == current.Identity.Incarnation)
                releaseHandler.RemoveWorker(current, predecessor.ExitKind, context);
            else if (context.Elapsed - current.LastSeen < state.Options.Lease)
                return null;
            // A worker that cannot join must not replace the current incarnation, which may reconnect and resume its
            // jobs (R11).
            else if (AreCompatible(message.Offers, out var against))
                releaseHandler.Evict(current, context);
            else
            {
                reason = against;
                return null;
            }
        }
        else if (exchange.Number != 1 || state.Workers.HasEnded(message.Sender.Incarnation))
        {
            reason = "This incarnation has not joined, or it has already ended.";
            return null;
        }
        return Join(message, context, out reason);
    }

    /// <summary>
    /// Renews the worker's leases by recording that a message arrived, and updates its offers. Returns false with the
    /// reason if an offer contradicts a known method.
    /// </summary>
    public bool TryUpdate(Worker worker, WorkerMessage message, ApplyContext context, out string reason)
    {
        if (!AreCompatible(message.Offers, out reason))
            return false;
        worker.OnMessageArrived(context.Arrived);
        if (message.Slots > 0)
            worker.SetCapacity(message.Slots, message.Prefetch);
        if (message.Offers.Count == 0)
            return true;
        worker.ClearOffers();
        foreach (var offer in message.Offers)
            AddOffer(worker, offer, context);
        return true;
    }

    /// <summary>Registers methods that no worker offers yet. Known methods stay unchanged.</summary>
    public Response.Acknowledged RegisterMethods(IReadOnlyList<Offer> methods, ApplyContext context)
    {
        foreach (var offer in methods)
            if (!state.Methods.TryGet(offer.Method, out var known) || known.Find(offer.Version) is null)
                AddMethod(offer, context);
        return new Response.Acknowledged();
    }

    private Method AddMethod(Offer offer, ApplyContext context)
    {
        var row = RowOf(offer, known: null);
        context.Batch.Add(new RowChange.MethodPut(row));
        return state.Methods.Add(row);
    }

    /// <summary>Returns the method row after this offer. An empty schema leaves the known schema unchanged.</summary>
    private static MethodRow RowOf(Offer offer, Method.Version? known) =>
        new(offer.Method, offer.Version, known?.Schema ?? offer.Schema)
        {
            LossPolicy = offer.LossPolicy,
            ResultSchema = known is { ResultSchema.Length: > 0 } ? known.ResultSchema : offer.ResultSchema,
            Slots = offer.Slots,
        };

    private Worker? Join(WorkerMessage message, ApplyContext context, out string reason)
    {
        if (!AreCompatible(message.Offers, out reason))
            return null;
        var worker = new Worker(message.Sender, message.Pool, context.Now, context.Elapsed);
        state.Workers.Add(worker);
        context.Batch.Add(
            new RowChange.WorkerPut(
                new WorkerRow(worker.Identity.Worker, worker.Identity.Incarnation, worker.Pool, worker.Joined)
            )
        );
        context.Batch.Add(new Effect.WorkerJoined(worker.Identity, worker.Pool));
        TryUpdate(worker, message, context, out reason);
        return worker;
    }

    private void AddOffer(Worker worker, Offer offer, ApplyContext context)
    {
        var known = state.Methods.TryGet(offer.Method, out var method) ? method.Find(offer.Version) : null;
        if (known is null)
            method = AddMethod(offer, context);
        // No other current worker offers different limits or slots; otherwise this offer would have been rejected. The
        // new values therefore apply to the method.
        else if (RowOf(offer, known) is var row && row != known.Row)
        {
            known.Row = row;
            context.Batch.Add(new RowChange.MethodPut(row));
        }
        worker.AddOffer(method!, method!.Find(offer.Version)!);
        if (offer.RuntimeInfo.Length > 0)
            worker.RuntimeInfo[new MethodRef(offer.Method, offer.Version)] = offer.RuntimeInfo;
    }

    private bool AreCompatible(IReadOnlyList<Offer> offers, out string reason)
    {
        reason = "";
        foreach (var offer in offers)
        {
            var name = new MethodRef(offer.Method, offer.Version);
            var known = state.Methods.TryGet(offer.Method, out var method) ? method.Find(offer.Version) : null;
            if (known is null && offer.Schema.Length == 0)
                reason = $"{name} is offered without a schema, and the store has no schema for it.";
            else if (known is not null && Difference(known.Schema, offer.Schema) is { } difference)
                reason =
                    $"The schema offered for {name} differs from the stored one: {difference}. {NewVersion(offer)}";
            else if (known is not null && Difference(known.ResultSchema, offer.ResultSchema) is { } other)
                reason =
                    $"The result schema offered for {name} differs from the stored one: {other}. {NewVersion(offer)}";
            else if (known is not null && known.LossPolicy != offer.LossPolicy && IsInUse(method!, known))
                reason =
                    $"The loss policy offered for {name} (onLost, exclusive, maxWorkerCrashes, maxLostLeases) "
                    + "differs from the policy of the workers that currently offer this method. Start the new workers "
                    + "after the current ones have exited, or give the changed method a new version.";
            else if (known is not null && known.Slots != offer.Slots && IsInUse(method!, known))
                reason =
                    $"{name} is offered with {offer.Slots} slots per attempt, but the workers that "
                    + $"currently offer it use {known.Slots}. Start the new workers after the current ones have "
                    + "exited, or give the changed method a new version.";
            if (reason.Length > 0)
                return false;
        }
        reason = ReasonTooMany(offers) ?? "";
        return reason.Length == 0;
    }

    /// <summary>Returns why the new method versions of these offers cannot be added; null if they can (R22).</summary>
    private string? ReasonTooMany(IReadOnlyList<Offer> offers)
    {
        var (versions, bytes) = (0, 0L);
        foreach (var offer in offers)
            if (!state.Methods.TryGet(offer.Method, out var method) || method.Find(offer.Version) is null)
                (versions, bytes) = (versions + 1, bytes + offer.Schema.Length + offer.ResultSchema.Length);
        if (versions == 0)
            return null;
        if (state.Methods.Versions + versions > Limits.MethodVersions)
            return $"The offers add {versions} method versions to the {state.Methods.Versions} known ones; the limit "
                + $"is {Limits.MethodVersions}. Offer versions that the server knows; GET /v1/methods lists them.";
        return state.Methods.SchemaBytes + bytes > Limits.MethodSchemaBytes
            ? $"The schemas of the new method versions have {bytes} bytes, and the known schemas have "
                + $"{state.Methods.SchemaBytes} bytes; the limit is {Limits.MethodSchemaBytes} bytes in total. Offer "
                + "versions that the server knows, or use shorter schemas."
            : null;
    }

    /// <summary>
    /// True if a current worker offers the version. A worker that accepts no more jobs counts as well, because it may
    /// still be running some.
    /// </summary>
    private bool IsInUse(Method method, Method.Version version) =>
        state.Workers.All.Any(worker =>
            !worker.Unresponsive && worker.Offers.Contains(new OfferedMethod(method, version))
        );

    /// <summary>Describes where two schemas differ. Returns null if either of them is empty.</summary>
    private static string? Difference(string before, string after) =>
        before.Length > 0 && after.Length > 0 ? SchemaDifference.Find(before, after) : null;

    private static string NewVersion(Offer offer) =>
        $"Give the changed method a new version, for example {offer.Method}@{offer.Version + 1}.";
}
