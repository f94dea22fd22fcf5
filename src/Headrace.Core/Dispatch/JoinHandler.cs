namespace Headrace.Core.Dispatch;

/// <summary>Decides which incarnation owns a worker name (R9) and which methods it may offer (R22).</summary>
internal sealed class JoinHandler(BrokerState state, ReleaseHandler releaseHandler)
{
    /// <summary>The reason sent to an incarnation that is no longer permitted to use its name.</summary>
    public const string EndedReason = "This incarnation has not joined, or it has already ended.";

    private readonly OfferCheck _offerCheck = new(state);

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
            // A delayed duplicate of a replaced incarnation's join request must not register that incarnation again.
            if (state.Workers.HasEnded(message.Sender.Incarnation))
            {
                reason = EndedReason;
                return null;
            }
            reason = WorkerName.InUse(message.Sender.Worker);
            if (exchange.Number != 1)
                return null;
            if (exchange.Predecessor is { } predecessor && predecessor.Incarnation == current.Identity.Incarnation)
                releaseHandler.RemoveWorker(current, predecessor.ExitKind, context);
            else if (context.Elapsed - current.LastSeen < state.Options.Lease)
                return null;
            // A worker that cannot join must not replace the current incarnation, which may reconnect and resume its
            // jobs (R11).
            else if (ReasonNoneIsAccepted(message.Offers, _offerCheck.Refused(message.Offers, null)) is { } against)
            {
                reason = against;
                return null;
            }
            else
                releaseHandler.Evict(current, context);
        }
        else if (exchange.Number != 1 || state.Workers.HasEnded(message.Sender.Incarnation))
        {
            reason = EndedReason;
            return null;
        }
        return Join(message, context, out reason);
    }

    /// <summary>
    /// Renews the worker's leases by recording that a message arrived, and updates its offers. An offer that conflicts
    /// with a known method is ignored. Returns false and sets the reason if every offer is ignored.
    /// </summary>
    public bool TryUpdate(Worker worker, WorkerMessage message, ApplyContext context, out string reason)
    {
        var refused = _offerCheck.Refused(message.Offers, worker);
        reason = ReasonNoneIsAccepted(message.Offers, refused) ?? "";
        if (reason.Length > 0)
            return false;
        worker.OnMessageArrived(context.Arrived);
        if (message.Slots > 0)
            worker.SetCapacity(message.Slots, message.Prefetch, message.SharedSlots);
        if (message.Offers.Count == 0)
            return true;
        worker.ClearOffers();
        foreach (var offer in message.Offers)
            if (!refused.ContainsKey(new MethodRef(offer.Method, offer.Version)))
                AddOffer(worker, offer, context);
        foreach (var (method, refusal) in refused)
            if (!worker.RefusedOffers.ContainsKey(method))
                context.Batch.Add(new Effect.OfferRefused(worker.Identity, method, refusal.Reason));
        worker.RefusedOffers = refused;
        return true;
    }

    /// <summary>
    /// Registers methods that no worker offers yet. Known methods stay unchanged. Returns the methods that were
    /// refused, each with the reason.
    /// </summary>
    public Response.MethodsRegistered RegisterMethods(IReadOnlyList<Offer> methods, ApplyContext context)
    {
        var refused = _offerCheck.Refused(methods, null);
        foreach (var offer in methods)
            if (
                !refused.ContainsKey(new MethodRef(offer.Method, offer.Version))
                && (!state.Methods.TryGet(offer.Method, out var known) || known.Find(offer.Version) is null)
            )
                AddMethod(offer, context);
        return new Response.MethodsRegistered(refused.ToDictionary(each => each.Key, each => each.Value.Reason));
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
            Retry = offer.Retry,
        };

    private Worker? Join(WorkerMessage message, ApplyContext context, out string reason)
    {
        reason = ReasonNoneIsAccepted(message.Offers, _offerCheck.Refused(message.Offers, null)) ?? "";
        if (state.Workers.Count >= Limits.Workers)
            reason =
                $"The server has {state.Workers.Count} workers; the limit is {Limits.Workers}. Stop workers that are "
                + "not needed, and start this one again.";
        if (reason.Length > 0)
            return null;
        // The lease starts at the arrival of the message, even if the message waited for several batches (R8).
        var worker = new Worker(message.Sender, message.Pool, context.Now, context.Arrived)
        {
            RetainedLeases = state.Ready.RetainedFor(message.Sender),
        };
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
        if (offer.Unavailable.Length > 0)
        {
            worker.Unavailable[new MethodRef(offer.Method, offer.Version)] = offer.Unavailable;
            return;
        }
        // No other current worker offers different limits or slots; otherwise, this offer would have been rejected. The
        // new values therefore apply to the method.
        if (known is not null && RowOf(offer, known) is var row && row != known.Row)
        {
            known.Row = row;
            context.Batch.Add(new RowChange.MethodPut(row));
        }
        worker.AddOffer(method!, method!.Find(offer.Version)!);
        if (offer.RuntimeInfo.Length > 0)
            worker.RuntimeInfo[new MethodRef(offer.Method, offer.Version)] = offer.RuntimeInfo;
    }

    /// <summary>
    /// Returns the reason if every offer in a message is refused; null if at least one is accepted, or if the message
    /// contains no offers.
    /// </summary>
    private static string? ReasonNoneIsAccepted(
        IReadOnlyList<Offer> offers,
        IReadOnlyDictionary<MethodRef, OfferRefusal> refused
    ) => refused.Count > 0 && refused.Count == offers.Count ? refused.Values.First().Reason : null;
}
