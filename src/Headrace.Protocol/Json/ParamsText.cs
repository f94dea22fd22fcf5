using System.Text.Json;

namespace Headrace.Protocol.Json;

/// <summary>
/// Checks the text of params before they are validated against a schema. The caller's bytes are stored and copied to
/// every reply, so text that a JSON writer cannot reproduce is rejected here.
/// </summary>
internal static class ParamsText
{
    /// <summary>
    /// Maximum nesting depth of params and inline results. Replies wrap these values in a few more levels, and common
    /// JSON parsers support at most 64 levels.
    /// </summary>
    public const int MaxDepth = 32;

    /// <summary>
    /// Maximum length of a number in characters. The largest floating-point number has 309 digits when written out.
    /// Common JSON parsers fail on numbers with more than 380 digits, even if the job is only one element of a list.
    /// </summary>
    private const int MaxNumberLength = 380;

    public static FaultReply? Validate(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
                return new FaultReply("$", "must be a JSON object");
            do
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
                    _ = reader.GetString();
                if (reader.TokenType == JsonTokenType.Number && reader.ValueSpan.Length > MaxNumberLength)
                    return new FaultReply(
                        "$",
                        $"has a number of {reader.ValueSpan.Length} characters; the limit is {MaxNumberLength}"
                    );
            } while (reader.Read());
            return null;
        }
        catch (InvalidOperationException)
        {
            return new FaultReply("$", "contains a lone surrogate (\\ud800 to \\udfff), which is not valid text");
        }
        catch (JsonException fault)
        {
            return new FaultReply("$", $"is not valid JSON ({JsonErrorDescription.Location(fault)})");
        }
    }
}
