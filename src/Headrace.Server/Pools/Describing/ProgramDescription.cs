using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Headrace.Core;
using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;
using Headrace.Server.Schemas;

namespace Headrace.Server.Pools.Describing;

/// <summary>
/// The methods that a worker program describes when it is started with <c>--describe</c>: a JSON object
/// <c>{"methods": [{"name", "version", "schema", "resultSchema", "slots", "onLost", "exclusive", "maxWorkerCrashes",
/// "maxLostLeases", "retry"}, …]}</c>. Only the name is required, and other members are ignored.
/// </summary>
/// <param name="Offers">The methods.</param>
/// <param name="Invalid">Methods whose schemas the server cannot use, each with the reason.</param>
internal sealed record ProgramDescription(IReadOnlyList<Offer> Offers, IReadOnlyDictionary<MethodRef, string> Invalid)
{
    /// <summary>Maximum number of methods, the same as for the offers of a worker.</summary>
    private const int MaxMethods = 1_000;

    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// Reads a description. If the description is not valid, throws <see cref="FormatException"/> with the position of
    /// the error and the remedy.
    /// </summary>
    public static ProgramDescription Read(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            if (
                document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("methods", out var methods)
                || methods.ValueKind != JsonValueKind.Array
            )
                throw new FormatException("it has no array 'methods'");
            if (methods.GetArrayLength() > MaxMethods)
                throw new FormatException($"it has {methods.GetArrayLength()} methods; the limit is {MaxMethods}");
            return Read(methods);
        }
        catch (JsonException malformed)
        {
            throw new FormatException($"it is not JSON: {JsonErrorDescription.Location(malformed)}", malformed);
        }
    }

    private static ProgramDescription Read(JsonElement methods)
    {
        var offers = new List<Offer>();
        var invalid = new Dictionary<MethodRef, string>();
        var seen = new HashSet<MethodRef>();
        foreach (var (i, each) in methods.EnumerateArray().Index())
        {
            var path = $"methods[{i}]";
            if (each.ValueKind != JsonValueKind.Object)
                throw new FormatException($"{path} is not an object");
            var name = Name(each, path);
            if (!seen.Add(name))
                throw new FormatException($"{path} describes {name} a second time");
            var (schema, resultSchema) = (Schema(each, "schema"), Schema(each, "resultSchema"));
            if ((Fault("schema", schema) ?? Fault("result schema", resultSchema)) is { } fault)
                invalid[name] = $"{name} cannot be offered: {fault}.";
            else
                offers.Add(
                    new Offer(name.Name, name.Version, schema)
                    {
                        ResultSchema = resultSchema,
                        Slots = Slots(each, path),
                        LossPolicy = Loss(each, path),
                        Retry = Retry(each, $"{path}.retry"),
                    }
                );
        }
        return new ProgramDescription(offers, invalid);
    }

    private static MethodRef Name(JsonElement method, string path)
    {
        var text =
            method.TryGetProperty("name", out var given) && given.ValueKind == JsonValueKind.String
                ? given.GetString()
                : null;
        if (!MethodName.TryParse(text, out var name))
            throw new FormatException($"{path}.name is '{text}', which is not {NameFormat.Description}");
        return new MethodRef(name, Whole(method, "version", path, 1, 1));
    }

    private static int Slots(JsonElement method, string path)
    {
        var slots = Whole(method, "slots", path, 1, 1);
        return slots <= Limits.SlotsPerJob
            ? slots
            : throw new FormatException($"{path}.slots is {slots}, but a job can take at most {Limits.SlotsPerJob}");
    }

    private static LossPolicy Loss(JsonElement method, string path)
    {
        var fails = false;
        if (method.TryGetProperty("onLost", out var onLost))
            fails = onLost.GetRawText() switch
            {
                "\"fail\"" => true,
                "\"retry\"" => false,
                var other => throw new FormatException(
                    $"{path}.onLost is {other}, which is neither \"retry\" nor \"fail\""
                ),
            };
        return new LossPolicy
        {
            FailWhenLost = fails,
            Exclusive = fails || Flag(method, "exclusive", path),
            MaxWorkerCrashes = Whole(method, "maxWorkerCrashes", path, 0, LossPolicy.Default.MaxWorkerCrashes),
            MaxLostLeases = Whole(method, "maxLostLeases", path, 1, LossPolicy.Default.MaxLostLeases),
        };
    }

    private static RetryOptions Retry(JsonElement method, string path)
    {
        if (!method.TryGetProperty("retry", out var given) || given.ValueKind == JsonValueKind.Null)
            return RetryOptions.None;
        RetryTerms terms;
        try
        {
            terms = given.Deserialize(HeadraceJson.Default.RetryTerms)!;
        }
        catch (JsonException wrong)
        {
            throw new FormatException($"{path} is not a retry policy: {JsonErrorDescription.Location(wrong)}", wrong);
        }
        return RetryText.TryRead(terms, out var options, out var fault)
            ? options
            : throw new FormatException($"{path} is not valid: {fault.TrimEnd('.')}");
    }

    private static bool Flag(JsonElement method, string member, string path) =>
        method.TryGetProperty(member, out var given)
        && given.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw new FormatException($"{path}.{member} is {given.GetRawText()}, which is not true or false"),
        };

    private static int Whole(JsonElement method, string member, string path, int min, int missing)
    {
        if (!method.TryGetProperty(member, out var given))
            return missing;
        return given.ValueKind == JsonValueKind.Number && given.TryGetInt32(out var number) && number >= min
            ? number
            : throw new FormatException(
                $"{path}.{member} is {given.GetRawText()}, which is not a whole number of {min} or more"
            );
    }

    /// <summary>Returns the text of a schema without white space; empty if the member is missing.</summary>
    private static string Schema(JsonElement method, string member)
    {
        if (!method.TryGetProperty(member, out var schema) || schema.ValueKind == JsonValueKind.Null)
            return "";
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text, Compact))
            schema.WriteTo(json);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    private static string? Fault(string what, string schema) =>
        schema.Length > 0 && !JsonSchema.TryRead(schema, out _, out var fault) ? $"its {what} {fault}" : null;
}
