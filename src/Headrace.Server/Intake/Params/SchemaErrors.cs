using System.Globalization;
using Headrace.Protocol.Json;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NJsonSchema;
using NJsonSchema.Validation;

namespace Headrace.Server.Intake.Params;

/// <summary>Describes validation errors: the path, the value, and what the schema requires.</summary>
internal static class SchemaErrors
{
    /// <summary>Maximum length of a quoted value, in characters. A longer value is cut off.</summary>
    private const int MaxQuoteLength = 60;

    public static IReadOnlyList<FaultReply> Describe(IEnumerable<ValidationError> errors)
    {
        var faults = new List<FaultReply>();
        foreach (var error in errors)
            Add(error, faults);
        return faults;
    }

    private static void Add(ValidationError error, List<FaultReply> faults)
    {
        // The library wraps the errors of an item or an additional property. The inner errors have their own paths.
        if (
            error is ChildSchemaValidationError
            {
                Kind: ValidationErrorKind.ArrayItemNotValid or ValidationErrorKind.AdditionalPropertiesNotValid
            } wrapper
        )
        {
            foreach (var inner in wrapper.Errors.Values.SelectMany(e => e))
                Add(inner, faults);
            return;
        }
        // If several types are allowed, only the errors for the actual type of the value are relevant.
        if (error is MultiTypeValidationError types && OfItsType(types) is { Count: > 0 } own)
        {
            foreach (var inner in own)
                Add(inner, faults);
            return;
        }
        if (!IsFalsePositive(error))
            faults.Add(new FaultReply(Path(error), Message(error)));
    }

    /// <summary>
    /// Returns true if the value is valid according to JSON Schema, although the library rejects it. The library counts
    /// characters outside the basic multilingual plane twice. It also treats whole numbers beyond 64 bits as fractions,
    /// because it receives them as floats (<see cref="SchemaValidator"/>).
    /// </summary>
    private static bool IsFalsePositive(ValidationError error) =>
        error.Kind switch
        {
            ValidationErrorKind.StringTooLong => error.Token is JValue { Value: string text }
                && text.EnumerateRunes().Count() <= error.Schema.MaxLength,
            ValidationErrorKind.IntegerExpected => error.Token is JValue { Value: double number }
                && Math.Abs(number) >= long.MaxValue
                && double.IsInteger(number),
            _ => false,
        };

    private static ICollection<ValidationError>? OfItsType(MultiTypeValidationError error) =>
        error.Errors.GetValueOrDefault(
            (error.Token as JToken)?.Type switch
            {
                JTokenType.String => JsonObjectType.String,
                JTokenType.Boolean => JsonObjectType.Boolean,
                JTokenType.Object => JsonObjectType.Object,
                JTokenType.Array => JsonObjectType.Array,
                JTokenType.Integer when error.Errors.ContainsKey(JsonObjectType.Integer) => JsonObjectType.Integer,
                JTokenType.Integer or JTokenType.Float => JsonObjectType.Number,
                _ => JsonObjectType.None,
            }
        );

    /// <summary>Converts the library's <c>#/a.b[0]</c> to <c>$.a.b[0]</c>.</summary>
    private static string Path(ValidationError error)
    {
        var path = error.Path?.TrimStart('#', '/') ?? "";
        return path.Length == 0 ? "$"
            : path[0] == '[' ? "$" + path
            : "$." + path;
    }

    private static string Message(ValidationError error)
    {
        var schema = error.Schema;
        return error.Kind switch
        {
            ValidationErrorKind.PropertyRequired => "is required",
            ValidationErrorKind.NoAdditionalPropertiesAllowed => $"is not defined in the schema. {Existing(schema)}",
            ValidationErrorKind.IntegerExpected => Expected(error, "a whole number"),
            ValidationErrorKind.NumberExpected => Expected(error, "a number"),
            ValidationErrorKind.StringExpected => Expected(error, "a string"),
            ValidationErrorKind.BooleanExpected => Expected(error, "true or false"),
            ValidationErrorKind.ObjectExpected => Expected(error, "an object"),
            ValidationErrorKind.ArrayExpected => Expected(error, "an array"),
            ValidationErrorKind.NullExpected => Expected(error, "null"),
            ValidationErrorKind.NoTypeValidates => Expected(
                error,
                $"one of the types {schema.Type.ToString().ToLowerInvariant()}"
            ),
            ValidationErrorKind.NumberTooSmall => Expected(
                error,
                schema.ExclusiveMinimum is { } above
                    ? $"greater than {Text(above)}"
                    : $"at least {Text(schema.Minimum)}"
            ),
            ValidationErrorKind.NumberTooBig => Expected(
                error,
                schema.ExclusiveMaximum is { } below ? $"less than {Text(below)}" : $"at most {Text(schema.Maximum)}"
            ),
            ValidationErrorKind.IntegerTooBig => Expected(error, $"a number that fits {schema.Format}"),
            ValidationErrorKind.NumberNotMultipleOf or ValidationErrorKind.IntegerNotMultipleOf => Expected(
                error,
                $"a multiple of {Text(schema.MultipleOf)}"
            ),
            ValidationErrorKind.StringTooShort => Expected(error, $"at least {schema.MinLength} characters long"),
            ValidationErrorKind.StringTooLong => Expected(error, $"at most {schema.MaxLength} characters long"),
            ValidationErrorKind.PatternMismatch => Expected(
                error,
                $"a string that matches {PatternCheck.PatternOf(schema.Format!)}"
            ),
            ValidationErrorKind.TooFewItems => $"must have at least {schema.MinItems} items",
            ValidationErrorKind.TooManyItems => $"must have at most {schema.MaxItems} items",
            ValidationErrorKind.ItemsNotUnique => "must not contain duplicate items",
            ValidationErrorKind.TooFewProperties => $"must have at least {schema.MinProperties} members",
            ValidationErrorKind.TooManyProperties => $"must have at most {schema.MaxProperties} members",
            ValidationErrorKind.NotInEnumeration => Expected(
                error,
                $"one of: {string.Join(", ", schema.Enumeration.Select(Json))}"
            ),
            ValidationErrorKind.NotAnyOf or ValidationErrorKind.NotOneOf or ValidationErrorKind.NotAllOf => Expected(
                error,
                "one of the alternatives in the schema"
            ),
            ValidationErrorKind.ExcludedSchemaValidates => Expected(
                error,
                "a value that the 'not' clause of the schema does not exclude"
            ),
            _ => Expected(error, $"valid for the schema ({error.Kind})"),
        };
    }

    private static string Expected(ValidationError error, string what) =>
        error.Token is JToken token ? $"is {Quote(token)}; it must be {what}" : $"must be {what}";

    private static string Existing(JsonSchema schema) =>
        schema.ActualProperties.Count == 0
            ? "The method has no parameters."
            : $"Valid parameters: {string.Join(", ", schema.ActualProperties.Keys)}.";

    private static string Quote(JToken token)
    {
        var text = token.ToString(Formatting.None);
        return text.Length <= MaxQuoteLength ? text : text[..MaxQuoteLength] + "…";
    }

    private static string Text(decimal? number) =>
        number?.ToString(CultureInfo.InvariantCulture) ?? "the limit in the schema";

    private static string Json(object? value) => JsonConvert.SerializeObject(value);
}
