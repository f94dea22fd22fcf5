using Headrace.Core.Messages;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Decides which offers of a worker are accepted (R22). Each offer is checked separately, so that a conflict in one
/// method does not prevent the worker from running jobs of its other methods.
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
            // A worker sends its schemas only when it connects. A schema conflict therefore remains until the worker
            // sends a different schema.
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
            var refusal =
                offer.Method == MessageMethod.Name ? Reserved
                : known is null ? RefusalOfNew(name, offer, versions + 1, bytes + SchemaBytes(offer))
                : RefusalOfKnown(name, offer, method!, known, worker);
            if (refusal is { } why)
                (refused ??= [])[name] = why;
            else if (known is null)
                (versions, bytes) = (versions + 1, bytes + SchemaBytes(offer));
        }
        return refused ?? OfferRefusal.None;
    }

    private static readonly OfferRefusal Reserved = new(
        $"The name '{MessageMethod.Name}' is reserved for messages, which clients pull. Offer the method under another "
            + "name.",
        ForSchema: false
    );

    private static long SchemaBytes(Offer offer) => offer.Schema.Length + offer.ResultSchema.Length;

    /// <param name="name">The method version, which must not be known yet.</param>
    /// <param name="offer">The offer of this version.</param>
    /// <param name="versions">Number of new versions in the message, including this one.</param>
    /// <param name="bytes">Total size of their schemas in bytes.</param>
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
                $"The schemas of the new method versions total {bytes} bytes, and the known schemas total "
                    + $"{state.Methods.SchemaBytes} bytes; the limit is {Limits.MethodSchemaBytes} bytes in total. "
                    + "Offer versions that the server knows, or use shorter schemas.",
                ForSchema: false
            )
            : null;
    }

    private OfferRefusal? RefusalOfKnown(
        MethodRef name,
        Offer offer,
        Method method,
        Method.Version known,
        Worker? worker
    )
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
        List<string> changes = [.. Changes(known, offer)];
        return changes.Count > 0 && offer.Unavailable.Length == 0 && IsInUse(method, known, worker)
            ? new(
                $"{name} is offered with properties that differ from those of the workers that currently offer it: "
                    + $"{string.Join(", ", changes)}. Start the new workers after the current ones have exited, or "
                    + "give the changed method a new version.",
                ForSchema: false
            )
            : null;
    }

    /// <summary>
    /// Returns the properties, other than the schemas, that an offer would change, each with its old and its new value.
    /// These properties apply to all workers, so they can change only when no other worker offers the version.
    /// </summary>
    private static IEnumerable<string> Changes(Method.Version known, Offer offer)
    {
        var (before, after) = (known.LossPolicy, offer.LossPolicy);
        if (before.FailWhenLost != after.FailWhenLost)
            yield return $"onLost is {OnLost(after)} instead of {OnLost(before)}";
        if (before.Exclusive != after.Exclusive)
            yield return $"exclusive is {Json(after.Exclusive)} instead of {Json(before.Exclusive)}";
        if (before.MaxWorkerCrashes != after.MaxWorkerCrashes)
            yield return $"maxWorkerCrashes is {after.MaxWorkerCrashes} instead of {before.MaxWorkerCrashes}";
        if (before.MaxLostLeases != after.MaxLostLeases)
            yield return $"maxLostLeases is {after.MaxLostLeases} instead of {before.MaxLostLeases}";
        if (known.Slots != offer.Slots)
            yield return $"slots is {offer.Slots} instead of {known.Slots}";
        if (known.Row.Retry != offer.Retry)
            yield return "the retry policy is different";
    }

    private static string OnLost(LossPolicy policy) => policy.FailWhenLost ? "fail" : "retry";

    private static string Json(bool value) => value ? "true" : "false";

    /// <summary>
    /// True if another current worker offers the version. A worker that accepts no more jobs also counts, because it
    /// may still be running jobs of this version.
    /// </summary>
    private bool IsInUse(Method method, Method.Version version, Worker? sender) =>
        state.Workers.All.Any(worker =>
            worker != sender && !worker.Unresponsive && worker.Offers.Contains(new OfferedMethod(method, version))
        );

    /// <summary>Describes where two schemas differ. Returns null if either is empty.</summary>
    private static string? Difference(string before, string after) =>
        before.Length > 0 && after.Length > 0 ? SchemaDifference.Find(before, after) : null;

    private static string NewVersion(Offer offer) =>
        $"Give the changed method a new version, for example {offer.Method}@{offer.Version + 1}. "
        + "To try out changes, use a server that is started with --store memory, and restart it after each change.";
}

/// <summary>The reason why a worker's offer was refused.</summary>
/// <param name="Reason">The reason and the remedy.</param>
/// <param name="ForSchema">
/// True if the offered schema conflicts with the stored schema. Such a conflict lasts as long as the worker runs.
/// </param>
internal readonly record struct OfferRefusal(string Reason, bool ForSchema)
{
    public static readonly IReadOnlyDictionary<MethodRef, OfferRefusal> None =
        new Dictionary<MethodRef, OfferRefusal>();
}
