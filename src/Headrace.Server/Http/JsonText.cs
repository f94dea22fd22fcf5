using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Headrace.Protocol.Json;

namespace Headrace.Server.Http;

/// <summary>
/// Writes JSON that people can read in a terminal: quotes and non-ASCII letters are not escaped. This is safe because
/// browsers never treat a reply as HTML: the content type is JSON, and a header tells browsers not to guess another
/// type.
/// </summary>
internal static class JsonText
{
    /// <summary>Maximum nesting depth of params and inline results.</summary>
    public const int MaxDepth = ParamsText.MaxDepth;

    /// <summary>Writer options without escapes for quotes and non-ASCII letters.</summary>
    public static readonly JsonWriterOptions Readable = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static ReadOnlyMemory<byte> Of<T>(T value, JsonTypeInfo<T> type)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Write(buffer, value, type);
        return buffer.WrittenMemory;
    }

    public static void Write<T>(IBufferWriter<byte> output, T value, JsonTypeInfo<T> type)
    {
        using var writer = new Utf8JsonWriter(output, Readable);
        JsonSerializer.Serialize(writer, value, type);
    }
}
