using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Headrace.Bridges.Redis;

/// <summary>Writes the messages of the dead-letter list.</summary>
internal static class DeadLetter
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// Returns a JSON object with the reason, and the message as text or, if it is not text, as base64.
    /// </summary>
    public static byte[] Write(string source, DateTimeOffset at, ReadOnlyMemory<byte> message, string reason)
    {
        var buffer = new ArrayBufferWriter<byte>(256 + message.Length);
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartObject();
            json.WriteString("reason", reason);
            json.WriteString("from", source);
            json.WriteString("at", at);
            if (Utf8.IsValid(message.Span))
                json.WriteString("message", message.Span);
            else
                json.WriteBase64String("messageBase64", message.Span);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }
}
