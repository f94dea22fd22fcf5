using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Headrace.Client;
using Headrace.Protocol.Json;

namespace Headrace.Bridges;

/// <summary>Converts ended jobs to messages. The definition of the bridge specifies the form of the messages.</summary>
internal sealed class ResultWriter(BridgeDefinition bridge, HeadraceClient server)
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// Returns whether the bridge publishes a job. A bridge that takes messages publishes only the results of its own
    /// jobs. A bridge without a source publishes every result in the queue.
    /// </summary>
    public bool Publishes(JobReply job) =>
        (bridge.From is null || job.Owner == bridge.Owner) && (bridge.Results != ResultForm.Raw || job.HasSucceeded());

    /// <summary>
    /// Returns the message for a job. Reads the result from the server if it is not part of the reply.
    /// </summary>
    public async Task<OutgoingMessage> WriteAsync(JobReply job, CancellationToken cancellationToken)
    {
        var result = MustRead(job) ? await ReadResultAsync(job.Id, cancellationToken) : null;
        return new OutgoingMessage(
            $"{job.Id}#{job.Attempt}",
            bridge.Results == ResultForm.Raw ? result?.Bytes ?? Raw(job) : Envelope(job, result)
        )
        {
            ReplyTo = MessageTags.Read(job.Tags, MessageTags.ReplyTo),
            CorrelationId = MessageTags.Read(job.Tags, MessageTags.CorrelationId),
        };
    }

    /// <summary>
    /// Returns whether the result must be read separately: the reply does not contain it, or contains it in another
    /// form, because the server writes JSON without white space.
    /// </summary>
    private bool MustRead(JobReply job) =>
        job.HasSucceeded()
        && (job.Result is null || (bridge.Results == ResultForm.Raw && ContentType.IsJson(job.ResultType)));

    /// <summary>Reads a result. Returns null if the job was deleted after the feed delivered it.</summary>
    private async Task<JobResult?> ReadResultAsync(string job, CancellationToken cancellationToken)
    {
        try
        {
            return await server.GetResultAsync(job, cancellationToken);
        }
        catch (HeadraceProblemException gone) when (gone.Status is 404 or 409)
        {
            return null;
        }
    }

    /// <summary>Returns the bytes of a result that the reply contains as text.</summary>
    private static ReadOnlyMemory<byte> Raw(JobReply job) =>
        job.Result is { ValueKind: JsonValueKind.String } text
            ? Encoding.UTF8.GetBytes(text.GetString()!)
            : ReadOnlyMemory<byte>.Empty;

    private static ReadOnlyMemory<byte> Envelope(JobReply job, JobResult? result)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartObject();
            json.WriteString("id", job.Id);
            if (MessageTags.Read(job.Tags, MessageTags.Id) is { } id)
                json.WriteString("messageId", id);
            json.WriteString("state", job.State);
            if (job.Reason is not null)
                json.WriteString("reason", job.Reason);
            if (job.Error is { } error)
            {
                json.WriteStartObject("error");
                json.WriteString("type", error.Type);
                json.WriteString("message", error.Message);
                json.WriteEndObject();
            }
            if (job.Result is { } inline)
            {
                json.WritePropertyName("result");
                inline.WriteTo(json);
            }
            else if (result is not null)
                WriteResult(json, result);
            json.WriteEndObject();
        }
        return buffer.WrittenMemory;
    }

    /// <summary>Writes a result that is too large for the reply of the feed, or that is not text.</summary>
    private static void WriteResult(Utf8JsonWriter json, JobResult result)
    {
        var actual = ContentType.Of(result.Bytes.Span);
        if (ContentType.IsJson(result.ContentType) && actual == ContentType.Json)
        {
            json.WritePropertyName("result");
            json.WriteRawValue(result.Bytes.Span, skipInputValidation: true);
        }
        else if (result.IsText && actual != ContentType.Binary)
            json.WriteString("result", result.Bytes.Span);
        else
        {
            json.WriteString("resultType", result.ContentType);
            json.WriteBase64String("resultBase64", result.Bytes.Span);
        }
    }
}
