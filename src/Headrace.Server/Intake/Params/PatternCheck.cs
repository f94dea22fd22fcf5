using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Newtonsoft.Json.Linq;
using NJsonSchema.Validation;
using NJsonSchema.Validation.FormatValidators;

namespace Headrace.Server.Intake.Params;

/// <summary>
/// A schema's <c>pattern</c>, judged with a time limit. The library's own check has none, and one pattern with unlucky
/// backtracking would hold a thread of the server
/// for as long as a caller likes. So patterns are lifted out of the schema and come back as formats, the library's one
/// place for foreign checks.
/// </summary>
internal sealed class PatternCheck(string pattern) : IFormatValidator
{
    private const string Prefix = "pattern:";

    /// <summary>What takes longer is let through: the worker judges again, in a process that can be killed.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(100);

    private readonly Regex _regex = new(pattern, RegexOptions.CultureInvariant, Timeout);

    public string Format { get; } = Prefix + pattern;

    public ValidationErrorKind ValidationErrorKind => ValidationErrorKind.PatternMismatch;

    /// <summary>The pattern that a lifted format stands for.</summary>
    public static string PatternOf(string format) => format[Prefix.Length..];

    public bool IsValid(string value, JTokenType tokenType)
    {
        try
        {
            return _regex.IsMatch(value);
        }
        catch (RegexMatchTimeoutException)
        {
            return true;
        }
    }

    /// <summary>
    /// Replaces every pattern below a node of a schema. Other formats go: they are notes, not rules (JSON Schema
    /// 2020-12), and the method says when it binds.
    /// </summary>
    public static void Lift(JsonNode? node, Dictionary<string, PatternCheck> found)
    {
        if (node is JsonArray array)
        {
            foreach (var item in array)
                Lift(item, found);
        }
        else if (node is JsonObject schema)
        {
            foreach (var (word, value) in schema.ToList())
            {
                // Below these stand values or names, which may look like words of a schema and are none.
                if (word is "enum" or "const" or "default" or "examples")
                    continue;
                if (word is "properties" or "$defs" or "definitions" && value is JsonObject named)
                    foreach (var (_, one) in named)
                        Lift(one, found);
                else
                    Lift(value, found);
            }
            schema.Remove("format");
            if (
                !schema.Remove("pattern", out var given)
                || given is not JsonValue text
                || !text.TryGetValue<string>(out var pattern)
            )
                return;
            if (!found.TryGetValue(pattern, out var check))
                found.Add(pattern, check = new PatternCheck(pattern));
            schema["format"] = check.Format;
        }
    }
}
