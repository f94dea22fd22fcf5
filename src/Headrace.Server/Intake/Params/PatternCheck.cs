using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Newtonsoft.Json.Linq;
using NJsonSchema.Validation;
using NJsonSchema.Validation.FormatValidators;

namespace Headrace.Server.Intake.Params;

/// <summary>
/// Evaluates the <c>pattern</c> of a schema with a time limit. The library has no time limit, so a pattern with
/// catastrophic backtracking could block a server thread indefinitely. Patterns are therefore replaced by custom
/// formats, the library's only extension point for checks.
/// </summary>
internal sealed class PatternCheck(string pattern) : IFormatValidator
{
    private const string Prefix = "pattern:";

    /// <summary>
    /// A value whose check takes longer is accepted, because the worker validates it again in a process that can be
    /// killed.
    /// </summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(100);

    private readonly Regex _regex = new(pattern, RegexOptions.CultureInvariant, Timeout);

    public string Format { get; } = Prefix + pattern;

    public ValidationErrorKind ValidationErrorKind => ValidationErrorKind.PatternMismatch;

    /// <summary>The pattern that a custom format replaces.</summary>
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
    /// Replaces every pattern below a node of a schema. Other formats are removed: in JSON Schema 2020-12 they are
    /// annotations, and the method checks the values when it binds them.
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
                // These keywords contain values or names, which may look like schema keywords but are not.
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
