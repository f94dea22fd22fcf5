using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using Headrace.Protocol.Json;

namespace Headrace.Server.Schemas;

/// <summary>
/// A JSON Schema (2020-12, and older forms of the same keywords), checked when it is read. The cost of a validation is
/// bounded for every schema and every value, because workers and clients supply both and must not be able to overload
/// the server (docs/decisions/0020-a-validator-with-a-bound.md). Thread-safe.
/// </summary>
internal sealed class JsonSchema
{
    /// <summary>Maximum length of a schema in characters: enough for thousands of parameters.</summary>
    public const int MaxLength = 256 << 10;

    /// <summary>
    /// Maximum nesting depth of a schema. Replies wrap schemas in a few more levels, and common JSON parsers support at
    /// most 64 levels.
    /// </summary>
    public const int MaxDepth = 56;

    private static readonly JsonElement EmptyObject = JsonElement.Parse("{}");

    private static readonly JsonDocumentOptions Strict = new()
    {
        MaxDepth = MaxDepth,
        AllowDuplicateProperties = false,
    };

    private readonly SchemaNode _root;

    private JsonSchema(SchemaNode root) => _root = root;

    /// <summary>
    /// Reads a schema. Returns false if the schema is not valid or cannot be evaluated at bounded cost.
    /// <paramref name="fault"/> is then the rest of a sentence whose subject is the schema.
    /// </summary>
    public static bool TryRead(
        string text,
        [NotNullWhen(true)] out JsonSchema? schema,
        [NotNullWhen(false)] out string? fault
    )
    {
        schema = null;
        if (text.Length > MaxLength)
        {
            fault = $"has {text.Length} characters; the limit is {MaxLength}";
            return false;
        }
        try
        {
            var utf8 = Encoding.UTF8.GetBytes(text);
            // This is checked first, because the parser throws other exceptions for such text.
            if (SchemaText.HasLoneSurrogate(utf8))
            {
                fault = "contains a lone surrogate (\\ud800 to \\udfff), which is not valid text";
                return false;
            }
            var read = new JsonSchema(SchemaReader.Read(JsonElement.Parse(utf8, Strict)));
            // If each part of a schema refers to the next part twice, the number of checks doubles with each part. A
            // schema that exceeds the limit even for an empty object is rejected here.
            if (read.Validate(EmptyObject, bytes: 2).Any(error => error.Message == SchemaRun.TooManySteps))
            {
                fault = "needs too many steps to validate even the value {}";
                return false;
            }
            (schema, fault) = (read, null);
            return true;
        }
        catch (SchemaException unusable)
        {
            fault = unusable.Message;
            return false;
        }
        catch (JsonException malformed)
        {
            fault = $"is not valid JSON ({SchemaText.Clip(JsonErrorDescription.Location(malformed))})";
            return false;
        }
    }

    /// <summary>
    /// Returns every error in the params with its path, such as <c>$.iterations</c>, or an empty list if the params
    /// match. Empty params count as an empty object.
    /// </summary>
    public IReadOnlyList<FaultReply> Validate(ReadOnlyMemory<byte> json)
    {
        if (json.IsEmpty)
            return Validate(EmptyObject, bytes: 2);
        using var document = JsonDocument.Parse(json);
        return Validate(document.RootElement, json.Length);
    }

    private IReadOnlyList<FaultReply> Validate(JsonElement value, int bytes) =>
        new SchemaRun(bytes).Validate(_root, value);
}
