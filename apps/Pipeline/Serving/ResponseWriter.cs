using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Headrace.Apps.Pipeline.Messages;

namespace Headrace.Apps.Pipeline.Serving;

/// <summary>
/// Writes the messages of the output queue: the parameter and the value as an array, or an envelope that says why there
/// is no value. Pure.
/// </summary>
internal static class ResponseWriter
{
    /// <summary>The longest text that an envelope quotes, in characters.</summary>
    private const int MaxMessage = 1_000;

    /// <summary>The longest params that an envelope contains, in characters.</summary>
    private const int MaxParams = 100_000;

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes <c>[PARAM, VALUE]</c>, the form of the seed.</summary>
    public static byte[] Pair(PipelineRequest request, JsonElement value) =>
        Write(json =>
        {
            json.WriteStartArray();
            WriteSent(json, request);
            value.WriteTo(json);
            json.WriteEndArray();
        });

    /// <summary>Writes the envelope of a request that has no value.</summary>
    /// <param name="request">The request.</param>
    /// <param name="error">The type and the message of the error.</param>
    /// <param name="job">The job that failed, and its attempts; null if there was none.</param>
    public static byte[] Failure(
        PipelineRequest request,
        (string Type, string Message) error,
        (string Id, int Attempts)? job
    ) =>
        Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("method", Clip(request.Method));
            if (IsQuotable(request))
            {
                json.WritePropertyName(request.Params is null ? "param" : "params");
                WriteSent(json, request);
            }
            WriteError(json, error);
            if (job is { } failed)
            {
                json.WriteString("job", failed.Id);
                json.WriteNumber("attempts", failed.Attempts);
            }
            json.WriteEndObject();
        });

    /// <summary>Writes the envelope of a request whose method is not registered.</summary>
    public static byte[] UnknownMethod(PipelineRequest request, IReadOnlyCollection<string> registered) =>
        Failure(
            request,
            (
                "unknown-method",
                $"The method '{Clip(request.Method)}' is not registered. Registered methods: "
                    + $"{string.Join(", ", registered)}."
            ),
            null
        );

    /// <summary>Writes the envelope of a message that is no request.</summary>
    public static byte[] Unreadable(ReadOnlyMemory<byte> message, string fault) =>
        Write(json =>
        {
            json.WriteStartObject();
            var text = System.Text.Encoding.UTF8.GetString(message.Span);
            json.WriteString("message", Clip(text));
            WriteError(json, ("bad-message", fault));
            json.WriteEndObject();
        });

    /// <summary>
    /// Returns whether an envelope repeats what was sent: not if it is large, because the envelope must fit into a
    /// message, nor if it cannot be written.
    /// </summary>
    private static bool IsQuotable(PipelineRequest request) =>
        request.Params is not { } values
        || (values.GetRawText().Length <= MaxParams && StrictJson.CanBeWritten(values));

    private static string Clip(string text) => text.Length <= MaxMessage ? text : text[..MaxMessage] + "…";

    private static void WriteSent(Utf8JsonWriter json, PipelineRequest request)
    {
        if (request.Params is { } values)
            values.WriteTo(json);
        else
            json.WriteNumberValue(request.Param!.Value);
    }

    private static void WriteError(Utf8JsonWriter json, (string Type, string Message) error)
    {
        json.WriteStartObject("error");
        json.WriteString("type", error.Type);
        json.WriteString("message", Clip(error.Message));
        json.WriteEndObject();
    }

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, Plain))
            write(json);
        return buffer.WrittenSpan.ToArray();
    }
}
