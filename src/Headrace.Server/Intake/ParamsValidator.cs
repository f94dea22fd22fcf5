using System.Collections.Concurrent;
using Headrace.Protocol.Json;
using Headrace.Server.Schemas;

namespace Headrace.Server.Intake;

/// <summary>
/// Validates params against the schemas of methods. Each schema text is parsed once. The number of texts cannot exceed
/// the number of method versions, which the store limits. Thread-safe.
/// </summary>
/// <remarks>
/// Workers can offer only valid schemas, but a store from an earlier version may contain an invalid schema. Such a
/// schema is quarantined: it is never evaluated, and jobs for its method are rejected, because no worker can offer that
/// schema again. <see cref="StoredSchemas"/> logs quarantined schemas when the server starts.
/// </remarks>
internal sealed class ParamsValidator
{
    /// <summary>Maximum size in bytes of cached params. Longer params are rarely repeated.</summary>
    private const int MaxCached = 512;

    private readonly ConcurrentDictionary<string, Reading> _schemas = new(StringComparer.Ordinal);

    /// <summary>
    /// A cache of valid params, because thousands of jobs often have the same params. The hash of the params selects
    /// the slot. Reads and writes of a slot are atomic.
    /// </summary>
    private readonly ValidParams?[] _valid = new ValidParams?[64];

    /// <summary>
    /// Returns every error with its path, such as <c>$.iterations</c>, or an empty list if the params match the schema.
    /// Empty params count as an empty object, and an empty schema accepts all params.
    /// </summary>
    public IReadOnlyList<FaultReply> Check(string schema, ReadOnlyMemory<byte> parameters)
    {
        if (schema.Length == 0)
            return [];
        if (parameters.Length > MaxCached)
            return Validate(schema, parameters);
        var place = SlotOf(parameters.Span);
        // References are compared instead of texts, because schemas are long and all callers get them from the same
        // table.
        var known = Volatile.Read(ref _valid[place]);
        if (
            known is not null
            && ReferenceEquals(known.Schema, schema)
            && known.Params.AsSpan().SequenceEqual(parameters.Span)
        )
            return [];
        var faults = Validate(schema, parameters);
        if (faults.Count == 0)
            Volatile.Write(ref _valid[place], new ValidParams(schema, parameters.ToArray()));
        return faults;
    }

    /// <summary>Returns false for a schema that is quarantined.</summary>
    public bool CanEvaluate(string schema) =>
        schema.Length == 0 || _schemas.GetOrAdd(schema, Read) is { Schema: not null };

    private IReadOnlyList<FaultReply> Validate(string schema, ReadOnlyMemory<byte> parameters)
    {
        var (read, fault) = _schemas.GetOrAdd(schema, Read);
        return read is not null
            ? read.Validate(parameters)
            :
            [
                new FaultReply(
                    "$",
                    $"cannot be validated, because the schema of the method {fault}; start a worker that offers the "
                        + "method as a new version with a valid schema"
                ),
            ];
    }

    private static Reading Read(string text) =>
        JsonSchema.TryRead(text, out var schema, out var fault) ? new Reading(schema, null) : new Reading(null, fault);

    private int SlotOf(ReadOnlySpan<byte> parameters)
    {
        var hash = new HashCode();
        hash.AddBytes(parameters);
        return (int)((uint)hash.ToHashCode() % (uint)_valid.Length);
    }

    private sealed record ValidParams(string Schema, byte[] Params);

    /// <summary>A schema, or the reason why it is quarantined.</summary>
    private sealed record Reading(JsonSchema? Schema, string? Fault);
}
