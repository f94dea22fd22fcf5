using System.Text;
using System.Text.Json;

namespace Headrace.Worker.Manifests;

/// <summary>A JSON value and the position in the file where it begins, for messages about it.</summary>
/// <param name="Kind">The kind of the value.</param>
/// <param name="Place">The offset of its first byte.</param>
/// <param name="Text">The value of a string, or the text of a number; empty for other kinds.</param>
/// <param name="Members">The members of an object, in the order of the file.</param>
/// <param name="Elements">The elements of an array.</param>
/// <param name="Raw">The value as written, with comments.</param>
internal sealed record LocatedJson(
    JsonValueKind Kind,
    int Place,
    string Text,
    IReadOnlyList<LocatedMember> Members,
    IReadOnlyList<LocatedJson> Elements,
    ReadOnlyMemory<byte> Raw
)
{
    private const int MaxDepth = 64;

    private static readonly JsonReaderOptions Lenient = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        MaxDepth = MaxDepth,
    };

    /// <summary>
    /// Reads JSON with comments and trailing commas. Throws <see cref="JsonException"/> with line and column if the
    /// text is not valid.
    /// </summary>
    public static LocatedJson Read(ReadOnlyMemory<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8.Span, Lenient);
        reader.Read();
        var value = ReadValue(ref reader, utf8);
        // Fails if text follows the value.
        reader.Read();
        return value;
    }

    /// <summary>Returns the value as JSON without comments.</summary>
    public string ToJson()
    {
        using var document = JsonDocument.Parse(
            Raw,
            new JsonDocumentOptions
            {
                CommentHandling = JsonCommentHandling.Skip,
                AllowTrailingCommas = true,
                MaxDepth = MaxDepth,
            }
        );
        return JsonSerializer.Serialize(document.RootElement);
    }

    private static LocatedJson ReadValue(ref Utf8JsonReader reader, ReadOnlyMemory<byte> file)
    {
        var start = (int)reader.TokenStartIndex;
        List<LocatedMember> members = [];
        List<LocatedJson> elements = [];
        var (kind, text) = reader.TokenType switch
        {
            JsonTokenType.StartObject => (JsonValueKind.Object, ""),
            JsonTokenType.StartArray => (JsonValueKind.Array, ""),
            JsonTokenType.String => (JsonValueKind.String, reader.GetString()!),
            JsonTokenType.Number => (JsonValueKind.Number, Encoding.UTF8.GetString(reader.ValueSpan)),
            JsonTokenType.True => (JsonValueKind.True, ""),
            JsonTokenType.False => (JsonValueKind.False, ""),
            _ => (JsonValueKind.Null, ""),
        };
        if (kind == JsonValueKind.Object)
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                var (name, place) = (reader.GetString()!, (int)reader.TokenStartIndex);
                reader.Read();
                members.Add(new LocatedMember(name, place, ReadValue(ref reader, file)));
            }
        else if (kind == JsonValueKind.Array)
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                elements.Add(ReadValue(ref reader, file));
        return new LocatedJson(kind, start, text, members, elements, file[start..(int)reader.BytesConsumed]);
    }
}

/// <summary>A member of a JSON object, and the position where its name begins.</summary>
internal sealed record LocatedMember(string Name, int Place, LocatedJson Value);
