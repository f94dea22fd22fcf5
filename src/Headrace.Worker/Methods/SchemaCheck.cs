using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Headrace.Worker.Methods;

/// <summary>
/// Validates a JSON value against a schema that <see cref="MethodSchema"/> derived, and returns every error. Supports
/// only the keywords that such schemas use: mapping a method fails for any other keyword.
/// </summary>
internal sealed class SchemaCheck
{
    private static readonly HashSet<string> Known =
    [
        "type",
        "enum",
        "const",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "minLength",
        "maxLength",
        "pattern",
        "minItems",
        "maxItems",
        "items",
        "properties",
        "required",
        "additionalProperties",
        "anyOf",
        "$ref",
        "default",
        "description",
        "format",
        "title",
        "not",
    ];

    /// <summary>
    /// Timeout of one pattern match. Only a value that was crafted to cause excessive backtracking takes longer.
    /// </summary>
    private static readonly TimeSpan PatternTimeout = TimeSpan.FromSeconds(1);

    private readonly JsonElement _root;
    private readonly Dictionary<string, Regex> _patterns = [];

    public SchemaCheck(JsonElement schema)
    {
        _root = schema;
        Index(schema);
    }

    public List<ParamsError> Check(JsonElement value)
    {
        var faults = new List<ParamsError>();
        Check(_root, value, "$", faults);
        return faults;
    }

    /// <summary>Validates the value of one parameter.</summary>
    public List<ParamsError> CheckParameter(string name, JsonElement value)
    {
        var faults = new List<ParamsError>();
        Check(_root.GetProperty("properties").GetProperty(name), value, $"$.{name}", faults);
        return faults;
    }

    private void Check(JsonElement schema, JsonElement value, string path, List<ParamsError> faults)
    {
        if (schema.ValueKind == JsonValueKind.True)
            return;
        if (schema.ValueKind == JsonValueKind.False)
        {
            faults.Add(new ParamsError(path, "is not defined in the schema"));
            return;
        }
        if (schema.TryGetProperty("type", out var type) && !IsOf(type, value))
        {
            // For a value of the wrong type, further errors are meaningless.
            faults.Add(new ParamsError(path, $"must be {DescribeType(type)}, not {Truncate(value)}"));
            return;
        }
        foreach (var word in schema.EnumerateObject())
            Check(word, schema, value, path, faults);
    }

    private void Check(JsonProperty word, JsonElement schema, JsonElement value, string path, List<ParamsError> faults)
    {
        switch (word.Name)
        {
            case "$ref":
                Check(Find(word.Value.GetString()!), value, path, faults);
                break;
            case "anyOf":
                if (!word.Value.EnumerateArray().Any(one => Fits(one, value)))
                    faults.Add(new ParamsError(path, "matches none of the alternatives in the schema"));
                break;
            case "not":
                if (Fits(word.Value, value))
                    faults.Add(new ParamsError(path, "is not allowed here"));
                break;
            case "enum":
                if (!word.Value.EnumerateArray().Any(one => JsonElement.DeepEquals(one, value)))
                    faults.Add(
                        new ParamsError(
                            path,
                            "must be one of "
                                + $"{string.Join(", ", word.Value.EnumerateArray().Select(v => v.GetRawText()))}, "
                                + $"not {Truncate(value)}"
                        )
                    );
                break;
            case "const":
                if (!JsonElement.DeepEquals(word.Value, value))
                    faults.Add(new ParamsError(path, $"must be {word.Value.GetRawText()}, not {Truncate(value)}"));
                break;
            default:
                if (value.ValueKind == JsonValueKind.Number)
                    CheckNumber(word, value, path, faults);
                else if (value.ValueKind == JsonValueKind.String)
                    CheckText(word, value, path, faults);
                else if (value.ValueKind == JsonValueKind.Array)
                    CheckItems(word, value, path, faults);
                else if (value.ValueKind == JsonValueKind.Object)
                    CheckMembers(word, schema, value, path, faults);
                break;
        }
    }

    private static void CheckNumber(JsonProperty word, JsonElement value, string path, List<ParamsError> faults)
    {
        var words = word.Name switch
        {
            "minimum" when Compare(value, word.Value) < 0 => "at least",
            "maximum" when Compare(value, word.Value) > 0 => "at most",
            "exclusiveMinimum" when Compare(value, word.Value) <= 0 => "more than",
            "exclusiveMaximum" when Compare(value, word.Value) >= 0 => "less than",
            _ => null,
        };
        if (words is not null)
            faults.Add(new ParamsError(path, $"must be {words} {word.Value.GetRawText()}, not {Truncate(value)}"));
    }

    private void CheckText(JsonProperty word, JsonElement value, string path, List<ParamsError> faults)
    {
        var text = value.GetString()!;
        // JSON Schema counts Unicode code points, not UTF-16 code units.
        if (word.Name == "minLength" && text.EnumerateRunes().Count() < word.Value.GetInt32())
            faults.Add(
                new ParamsError(
                    path,
                    $"must have at least {word.Value} characters, not {text.EnumerateRunes().Count()}"
                )
            );
        if (word.Name == "maxLength" && text.EnumerateRunes().Count() > word.Value.GetInt32())
            faults.Add(
                new ParamsError(path, $"must have at most {word.Value} characters, not {text.EnumerateRunes().Count()}")
            );
        if (word.Name == "pattern" && !Matches(_patterns[word.Value.GetString()!], text))
            faults.Add(new ParamsError(path, $"must match {word.Value.GetString()}, but {Truncate(value)} does not"));
    }

    private void CheckItems(JsonProperty word, JsonElement value, string path, List<ParamsError> faults)
    {
        if (word.Name == "minItems" && value.GetArrayLength() < word.Value.GetInt32())
            faults.Add(new ParamsError(path, $"must have at least {word.Value} items, not {value.GetArrayLength()}"));
        if (word.Name == "maxItems" && value.GetArrayLength() > word.Value.GetInt32())
            faults.Add(new ParamsError(path, $"must have at most {word.Value} items, not {value.GetArrayLength()}"));
        if (word.Name != "items")
            return;
        var index = 0;
        foreach (var item in value.EnumerateArray())
            Check(word.Value, item, $"{path}[{index++}]", faults);
    }

    private void CheckMembers(
        JsonProperty word,
        JsonElement schema,
        JsonElement value,
        string path,
        List<ParamsError> faults
    )
    {
        if (word.Name == "properties")
        {
            foreach (var property in word.Value.EnumerateObject())
                if (value.TryGetProperty(property.Name, out var member))
                    Check(property.Value, member, $"{path}.{property.Name}", faults);
        }
        else if (word.Name == "required")
        {
            foreach (var name in word.Value.EnumerateArray())
                if (!value.TryGetProperty(name.GetString()!, out _))
                    faults.Add(new ParamsError($"{path}.{name.GetString()}", "is missing"));
        }
        else if (word.Name == "additionalProperties")
        {
            var named = schema.TryGetProperty("properties", out var properties);
            foreach (var member in value.EnumerateObject())
                if (!named || !properties.TryGetProperty(member.Name, out _))
                    Check(word.Value, member.Value, $"{path}.{member.Name}", faults);
        }
    }

    private bool Fits(JsonElement schema, JsonElement value)
    {
        var faults = new List<ParamsError>();
        Check(schema, value, "$", faults);
        return faults.Count == 0;
    }

    private static bool IsOf(JsonElement type, JsonElement value) =>
        type.ValueKind == JsonValueKind.Array
            ? type.EnumerateArray().Any(one => IsOf(one, value))
            : type.GetString() switch
            {
                "null" => value.ValueKind == JsonValueKind.Null,
                "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
                "string" => value.ValueKind == JsonValueKind.String,
                "number" => value.ValueKind == JsonValueKind.Number,
                // JSON Schema considers 1.0 and 1e2 to be integers, but the serializer does not read them as an integer
                // parameter.
                "integer" => value.ValueKind == JsonValueKind.Number
                    && value.GetRawText().AsSpan().IndexOfAny(".eE") < 0,
                "array" => value.ValueKind == JsonValueKind.Array,
                "object" => value.ValueKind == JsonValueKind.Object,
                _ => false,
            };

    private static string DescribeType(JsonElement type) =>
        type.ValueKind == JsonValueKind.Array
            ? string.Join(" or ", type.EnumerateArray().Select(DescribeType))
            : type.GetString() switch
            {
                "integer" => "an integer",
                "object" => "an object",
                "array" => "an array",
                "null" => "null",
                { } other => $"a {other}",
                null => "nothing",
            };

    /// <summary>
    /// The values are compared as decimals if both of them fit, so that 0.1 is exact and large integers keep their
    /// precision; otherwise, they are compared as doubles.
    /// </summary>
    private static int Compare(JsonElement a, JsonElement b) =>
        a.TryGetDecimal(out var x) && b.TryGetDecimal(out var y)
            ? x.CompareTo(y)
            : a.GetDouble().CompareTo(b.GetDouble());

    private static bool Matches(Regex pattern, string text)
    {
        try
        {
            // An anchored pattern must match the whole text: in .NET, $ also matches before a final line feed.
            var match = pattern.Match(text);
            return match.Success && (!pattern.ToString().EndsWith('$') || match.Index + match.Length == text.Length);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    private JsonElement Find(string pointer)
    {
        var at = _root;
        foreach (var part in pointer.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var name = part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            at =
                at.ValueKind == JsonValueKind.Array
                    ? at[int.Parse(name, CultureInfo.InvariantCulture)]
                    : at.GetProperty(name);
        }
        return at;
    }

    private void Index(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object)
            return;
        foreach (var word in schema.EnumerateObject())
        {
            if (!Known.Contains(word.Name))
                throw new NotSupportedException($"The schema uses the keyword '{word.Name}', which is not supported.");
            if (word.Name == "pattern")
                _patterns[word.Value.GetString()!] = new Regex(
                    word.Value.GetString()!,
                    RegexOptions.CultureInvariant,
                    PatternTimeout
                );
            else if (word.Name == "properties")
                foreach (var property in word.Value.EnumerateObject())
                    Index(property.Value);
            else if (word.Name == "anyOf")
                foreach (var one in word.Value.EnumerateArray())
                    Index(one);
            else if (word.Name is "items" or "additionalProperties" or "not")
                Index(word.Value);
        }
    }

    private static string Truncate(JsonElement value)
    {
        var text = value.GetRawText();
        return text.Length <= 60 ? text : string.Concat(text.AsSpan(0, 57), "...");
    }
}
