using System.Collections.Concurrent;
using System.Numerics;
using System.Text;
using System.Text.Json.Nodes;
using Headrace.Protocol.Json;
using Microsoft.Extensions.Logging;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NJsonSchema;
using NJsonSchema.Validation;

namespace Headrace.Server.Intake.Params;

/// <summary>
/// A validator based on NJsonSchema. Each schema text is compiled once. The number of schemas cannot exceed the number
/// of method versions, which the store limits.
/// </summary>
internal sealed partial class SchemaValidator(ILogger<SchemaValidator> logger) : IParamsValidator
{
    private const int MaxErrors = 20;

    private readonly ConcurrentDictionary<string, Task<Compiled?>> _compiled = new(StringComparer.Ordinal);

    /// <summary>
    /// A cache of valid params, because thousands of jobs often have the same params. The hash of the params selects
    /// the slot. Any thread can read and write a slot atomically.
    /// </summary>
    private readonly ValidParams?[] _valid = new ValidParams?[64];

    /// <summary>Maximum size in bytes of cached params. Longer params are rarely repeated.</summary>
    private const int MaxCached = 512;

    public ValueTask<IReadOnlyList<FaultReply>> CheckAsync(
        string schema,
        ReadOnlyMemory<byte> parameters,
        CancellationToken cancellationToken
    )
    {
        if (schema.Length == 0)
            return ValueTask.FromResult<IReadOnlyList<FaultReply>>([]);
        if (parameters.Length > MaxCached)
            return ValidateAsync(schema, parameters, null, cancellationToken);
        var place = SlotOf(parameters.Span);
        // Compares the references instead of the texts, because a schema is long and all callers get it from the same
        // table.
        var known = Volatile.Read(ref _valid[place]);
        if (
            known is not null
            && ReferenceEquals(known.Schema, schema)
            && known.Params.AsSpan().SequenceEqual(parameters.Span)
        )
            return ValueTask.FromResult<IReadOnlyList<FaultReply>>([]);
        return ValidateAsync(schema, parameters, place, cancellationToken);
    }

    private async ValueTask<IReadOnlyList<FaultReply>> ValidateAsync(
        string schema,
        ReadOnlyMemory<byte> parameters,
        int? keptAt,
        CancellationToken cancellationToken
    )
    {
        var faults = await _compiled.GetOrAdd(schema, CompileAsync).WaitAsync(cancellationToken) is { } compiled
            ? Validate(compiled, parameters)
            : [];
        if (faults.Count == 0 && keptAt is { } place)
            Volatile.Write(ref _valid[place], new ValidParams(schema, parameters.ToArray()));
        return faults;
    }

    private int SlotOf(ReadOnlySpan<byte> parameters)
    {
        var hash = new HashCode();
        hash.AddBytes(parameters);
        return (int)((uint)hash.ToHashCode() % (uint)_valid.Length);
    }

    private static IReadOnlyList<FaultReply> Validate(Compiled compiled, ReadOnlyMemory<byte> parameters)
    {
        var faults = SchemaErrors.Describe(compiled.Schema.Validate(Token(parameters), compiled.Settings));
        return faults.Count <= MaxErrors
            ? faults
            : [.. faults.Take(MaxErrors), new FaultReply("$", $"has {faults.Count - MaxErrors} more errors")];
    }

    /// <summary>
    /// Returns null if the schema cannot be compiled. This is an error of the worker and not of the caller, so the job
    /// is accepted, and the worker validates the params when it binds them.
    /// </summary>
    private async Task<Compiled?> CompileAsync(string text)
    {
        try
        {
            var patterns = new Dictionary<string, PatternCheck>();
            var schema = JsonNode.Parse(text);
            PatternCheck.Lift(schema, patterns);
            return new Compiled(
                await JsonSchema.FromJsonAsync(
                    schema?.ToJsonString() ?? "",
                    null,
                    LocalReferences.For,
                    CancellationToken.None
                ),
                new JsonSchemaValidatorSettings { FormatValidators = [.. patterns.Values] }
            );
        }
#pragma warning disable CA1031 // An unusable schema raises exceptions of many types, all handled alike.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            SchemaUnusable(logger, fault, text.Length > 200 ? text[..200] : text);
            return null;
        }
    }

    private sealed record ValidParams(string Schema, byte[] Params);

    private sealed record Compiled(JsonSchema Schema, JsonSchemaValidatorSettings Settings);

    private static JToken Token(ReadOnlyMemory<byte> parameters)
    {
        if (parameters.Length == 0)
            return new JObject();
        // Dates are read as strings, because JSON Schema describes them by format, not by type.
        using var reader = new NumberReader(new StringReader(Encoding.UTF8.GetString(parameters.Span)))
        {
            DateParseHandling = DateParseHandling.None,
        };
        return JToken.ReadFrom(reader);
    }

    /// <summary>
    /// The library's comparisons throw on BigInteger values, which its reader produces for whole numbers beyond 64
    /// bits; floats can be compared.
    /// </summary>
    private sealed class NumberReader(TextReader text) : JsonTextReader(text)
    {
        public override object? Value => base.Value is BigInteger big ? (double)big : base.Value;
    }
}
