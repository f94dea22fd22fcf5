using System.Text.Json;
using Headrace.Core;
using Headrace.Server.Schemas;

namespace Headrace.Server.Pools.Describing;

/// <summary>
/// The methods that a worker program describes when it is started with <c>--describe</c>: a JSON object
/// <c>{"methods": [{"name", "version", "schema", "resultSchema", "slots"}, …]}</c>. Further members are ignored.
/// </summary>
/// <param name="Offers">The methods.</param>
/// <param name="Invalid">Methods whose schemas the server cannot use, each with the reason.</param>
internal sealed record ProgramDescription(IReadOnlyList<Offer> Offers, IReadOnlyDictionary<MethodRef, string> Invalid)
{
    /// <summary>Maximum number of methods, as for the offers of a worker.</summary>
    private const int MaxMethods = 1_000;

    /// <summary>
    /// Reads a description. Throws <see cref="FormatException"/> with the place and the remedy if it is not valid.
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
            throw new FormatException($"it is not JSON: {malformed.Message.TrimEnd('.')}", malformed);
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
                        Slots = Whole(each, "slots", path),
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
        return new MethodRef(name, Whole(method, "version", path));
    }

    /// <summary>Returns a whole number of 1 or more; 1 if the member is missing.</summary>
    private static int Whole(JsonElement method, string member, string path)
    {
        if (!method.TryGetProperty(member, out var given))
            return 1;
        return given.ValueKind == JsonValueKind.Number && given.TryGetInt32(out var number) && number > 0
            ? number
            : throw new FormatException($"{path}.{member} is {given.GetRawText()}, which is not a number of 1 or more");
    }

    /// <summary>Returns the text of a schema; empty if the member is missing.</summary>
    private static string Schema(JsonElement method, string member) =>
        method.TryGetProperty(member, out var schema) && schema.ValueKind != JsonValueKind.Null
            ? schema.GetRawText()
            : "";

    private static string? Fault(string what, string schema) =>
        schema.Length > 0 && !JsonSchema.TryRead(schema, out _, out var fault) ? $"its {what} {fault}" : null;
}
