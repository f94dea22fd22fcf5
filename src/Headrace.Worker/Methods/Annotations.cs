using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Headrace.Worker.Methods;

/// <summary>
/// Translates data annotations to JSON Schema. Mapping a method fails for an annotation without an equivalent, so that
/// no constraint is silently ignored.
/// </summary>
internal static class Annotations
{
    public static IEnumerable<Attribute> Of(ParameterInfo parameter) => parameter.GetCustomAttributes().Where(IsOurs);

    public static IEnumerable<Attribute> Of(MemberInfo member) => member.GetCustomAttributes().Where(IsOurs);

    public static void Write(JsonObject schema, IEnumerable<Attribute> attributes)
    {
        foreach (var attribute in attributes)
        {
            switch (attribute)
            {
                case RangeAttribute range:
                    schema[range.MinimumIsExclusive ? "exclusiveMinimum" : "minimum"] = Number(range, range.Minimum);
                    schema[range.MaximumIsExclusive ? "exclusiveMaximum" : "maximum"] = Number(range, range.Maximum);
                    RemoveUnbounded(schema);
                    break;
                case StringLengthAttribute length:
                    Bounds(schema, "Length", length.MinimumLength, length.MaximumLength);
                    break;
                case LengthAttribute length:
                    Bounds(schema, Counted(schema), length.MinimumLength, length.MaximumLength);
                    break;
                case MinLengthAttribute least:
                    Bounds(schema, Counted(schema), least.Length, null);
                    break;
                case MaxLengthAttribute most:
                    Bounds(schema, Counted(schema), 0, most.Length);
                    break;
                case RegularExpressionAttribute expression:
                    // The attribute requires the whole value to match, whereas a schema pattern by itself matches
                    // anywhere in the text.
                    schema["pattern"] = $"^(?:{expression.Pattern})$";
                    break;
                case AllowedValuesAttribute allowed:
                    schema["enum"] = new JsonArray([.. allowed.Values.Select(Literal)]);
                    break;
                case DescriptionAttribute description:
                    schema["description"] = description.Description;
                    break;
                default:
                    throw new ArgumentException(
                        $"[{attribute.GetType().Name[..^"Attribute".Length]}] cannot be expressed in JSON "
                            + "Schema. Use Range, StringLength, Length, MinLength, MaxLength, RegularExpression or "
                            + "AllowedValues, or check the value in the method and throw JobRejectedException."
                    );
            }
        }
    }

    private static bool IsOurs(Attribute attribute) => attribute is ValidationAttribute or DescriptionAttribute;

    private static JsonNode? Number(RangeAttribute range, object bound)
    {
        // RangeAttribute(typeof(decimal), "0.1", "0.9") stores its bounds as text until its first validation.
        var value =
            bound is string text
            && decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                ? number
                : bound;
        return value switch
        {
            double d when !double.IsFinite(d) => null,
            IConvertible and (int or long or double or decimal) => Literal(value),
            _ => throw new ArgumentException(
                $"[Range] with bounds of type {range.OperandType.Name} cannot be expressed in JSON Schema; "
                    + "use numeric bounds."
            ),
        };
    }

    private static void RemoveUnbounded(JsonObject schema)
    {
        foreach (var word in (ReadOnlySpan<string>)["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"])
            if (schema.ContainsKey(word) && schema[word] is null)
                schema.Remove(word);
    }

    private static void Bounds(JsonObject schema, string of, int least, int? most)
    {
        if (least > 0)
            schema[$"min{of}"] = least;
        if (most is >= 0)
            schema[$"max{of}"] = most;
    }

    private static string Counted(JsonObject schema) =>
        schema["type"] switch
        {
            JsonValue type when type.GetValue<string>() == "array" => "Items",
            JsonArray types when types.Any(t => t?.GetValue<string>() == "array") => "Items",
            _ => "Length",
        };

    private static JsonNode? Literal(object? value) =>
        value is null ? null : JsonSerializer.SerializeToNode(value, value.GetType(), MethodJson.Options);
}
