namespace Headrace.Core.Dispatch;

/// <summary>
/// Decides which offers of a worker are accepted (R22). Each offer is decided by itself, so that a conflict of one
/// method does not withhold a worker from the jobs of its other methods.
/// </summary>
internal sealed class OfferCheck(BrokerState state)
{
    /// <summary>Returns the offers that are refused, each with the reason; empty if all are accepted.</summary>
    /// <param name="offers">The offers of a message.</param>
    /// <param name="worker">The worker that sent the message; null if it has not joined.</param>
    public IReadOnlyDictionary<MethodRef, OfferRefusal> Refused(IReadOnlyList<Offer> offers, Worker? worker)
    {
        Dictionary<MethodRef, OfferRefusal>? refused = null;
        var (versions, bytes) = (0, 0L);
        foreach (var offer in offers)
        {
            var name = new MethodRef(offer.Method, offer.Version);
            // A worker sends its schemas only when it connects. A conflicting schema conflicts until it sends another.
            if (
                offer.Schema.Length == 0
                && worker?.RefusedOffers.TryGetValue(name, out var before) == true
                && before.ForSchema
            )
            {
                (refused ??= [])[name] = before;
                continue;
            }
            var known = state.Methods.TryGet(offer.Method, out var method) ? method.Find(offer.Version) : null;
            var refusal = known is null
                ? RefusalOfNew(name, offer, versions + 1, bytes + SchemaBytes(offer))
                : RefusalOfKnown(name, offer, method!, known);
            if (refusal is { } why)
                (refused ??= [])[name] = why;
            else if (known is null)
                (versions, bytes) = (versions + 1, bytes + SchemaBytes(offer));
        }
        return refused ?? OfferRefusal.None;
    }

    private static long SchemaBytes(Offer offer) => offer.Schema.Length + offer.ResultSchema.Length;

    /// <param name="name">The method version, which is not known yet.</param>
    /// <param name="offer">Its offer.</param>
    /// <param name="versions">Number of new versions in the message, including this one.</param>
    /// <param name="bytes">Bytes of their schemas.</param>
    private OfferRefusal? RefusalOfNew(MethodRef name, Offer offer, int versions, long bytes)
    {
        if (offer.Schema.Length == 0)
            return new($"{name} is offered without a schema, and the store has no schema for it.", ForSchema: false);
        if (state.Methods.Versions + versions > Limits.MethodVersions)
            return new(
                $"The offers add {versions} method versions to the {state.Methods.Versions} known ones; the limit "
                    + $"is {Limits.MethodVersions}. Offer versions that the server knows; GET /v1/methods lists them.",
                ForSchema: false
            );
        return state.Methods.SchemaBytes + bytes > Limits.MethodSchemaBytes
            ? new(
                $"The schemas of the new method versions have {bytes} bytes, and the known schemas have "
                    + $"{state.Methods.SchemaBytes} bytes; the limit is {Limits.MethodSchemaBytes} bytes in total. "
                    + "Offer versions that the server knows, or use shorter schemas.",
                ForSchema: false
            )
            : null;
    }

    private OfferRefusal? RefusalOfKnown(MethodRef name, Offer offer, Method method, Method.Version known)
    {
        if (Difference(known.Schema, offer.Schema) is { } difference)
            return new(
                $"The schema offered for {name} differs from the stored one: {difference}. {NewVersion(offer)}",
                ForSchema: true
            );
        if (Difference(known.ResultSchema, offer.ResultSchema) is { } other)
            return new(
                $"The result schema offered for {name} differs from the stored one: {other}. {NewVersion(offer)}",
                ForSchema: true
            );
        if (known.LossPolicy != offer.LossPolicy && IsInUse(method, known))
            return new(
                $"The loss policy offered for {name} (onLost, exclusive, maxWorkerCrashes, maxLostLeases) "
                    + "differs from the policy of the workers that currently offer this method. Start the new workers "
                    + "after the current ones have exited, or give the changed method a new version.",
                ForSchema: false
            );
        return known.Slots != offer.Slots && offer.Unavailable.Length == 0 && IsInUse(method, known)
            ? new(
                $"{name} is offered with {offer.Slots} slots per attempt, but the workers that "
                    + $"currently offer it use {known.Slots}. Start the new workers after the current ones have "
                    + "exited, or give the changed method a new version.",
                ForSchema: false
            )
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

/// <summary>Why an offer of a worker is not accepted.</summary>
/// <param name="Reason">The reason with the remedy.</param>
/// <param name="ForSchema">
/// True if the offered schema conflicts with the stored one, which does not change while the worker runs.
/// </param>
internal readonly record struct OfferRefusal(string Reason, bool ForSchema)
{
    public static readonly IReadOnlyDictionary<MethodRef, OfferRefusal> None =
        new Dictionary<MethodRef, OfferRefusal>();
}
