using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Headrace.Server.Http;

/// <summary>
/// Writes JSON that people can read in a terminal: quotes and letters of every script stand as they are. That is safe
/// because no reply is ever HTML:
/// its type says JSON, and browsers are told not to guess.
/// </summary>
internal static class JsonText
{
    /// <summary>
    /// Nesting that params and inline results may have. Replies wrap them a few levels deeper, and common JSON readers
    /// stop at 64.
    /// </summary>
    public const int MaxDepth = 32;

    private static readonly JsonWriterOptions Readable = new()
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
