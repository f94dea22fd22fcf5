using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Headrace.Client;
using Headrace.Protocol.Json;

namespace Headrace.Bridges;

/// <summary>
/// Converts messages to jobs. The definition of the bridge specifies the form of the messages. JSON is read by the same
/// rules as that of a submission, so that one message cannot prevent the submission of the messages sent with it.
/// </summary>
internal sealed class MessageReader(BridgeDefinition bridge)
{
    /// <summary>Maximum length of an id. The id is stored in a tag, which has at most 64 characters.</summary>
    private const int MaxIdLength = 56;

    private static readonly SearchValues<char> IdCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:/+=@~"
    );

    /// <summary>The submission that contains the params adds a level, and so does an envelope.</summary>
    private readonly JsonDocumentOptions _strict = new()
    {
        AllowDuplicateProperties = false,
        MaxDepth = bridge.Messages == MessageForm.Params ? ParamsText.MaxDepth - 1 : ParamsText.MaxDepth,
    };

    /// <summary>The server's limit for the body of a job, in bytes.</summary>
    private const int MaxBytes = 1 << 20;

    /// <summary>Returns the job that a message describes, or the reason why the message is not valid.</summary>
    public MessageReading Read(BrokerMessage message) =>
        message.Content.Length > MaxBytes
            ? Fault($"The message is {message.Content.Length} bytes; the limit is {MaxBytes} (1 MB).")
            : ReadForm(message);

    private MessageReading ReadForm(BrokerMessage message) =>
        bridge.Messages switch
        {
            MessageForm.Body => ReadBody(message),
            MessageForm.Params => ReadObject(message, ReadParams),
            _ => ReadObject(message, ReadEnvelope),
        };

    private MessageReading Job(BrokerMessage message, string? id = null) =>
        new()
        {
            Job = new JobRequest(bridge.Method!)
            {
                Queue = bridge.Queue,
                IdempotencyKey = id is null ? message.Token : $"id:{id}",
                Tags =
                [
                    .. MessageTags.Write(MessageTags.Id, id ?? message.MessageId),
                    .. MessageTags.Write(MessageTags.ReplyTo, message.ReplyTo),
                    .. MessageTags.Write(MessageTags.CorrelationId, message.CorrelationId),
                ],
            },
            HasOwnId = id is not null || message.HasOwnId,
        };

    private MessageReading ReadBody(BrokerMessage message)
    {
        var reading = Job(message);
        return reading with { Job = WithBody(reading.Job!, message.Content) };
    }

    private MessageReading ReadParams(BrokerMessage message, JsonElement json)
    {
        if (FaultOf(json) is { } fault)
            return Fault(fault);
        var reading = Job(message);
        return reading with { Job = reading.Job! with { Params = json } };
    }

    private MessageReading ReadEnvelope(BrokerMessage message, JsonElement json)
    {
        string? id = null;
        string? body = null;
        int? priority = null;
        JsonElement? parameters = null;
        foreach (var member in json.EnumerateObject())
            switch (member.Name)
            {
                case "id" when IdOf(member.Value) is { } text:
                    id = text;
                    break;
                case "id":
                    return Fault(
                        $"The id is not valid. Use 1 to {MaxIdLength} letters, digits or the characters -_.:/+=@~."
                    );
                case "params" when member.Value.ValueKind == JsonValueKind.Object:
                    if (FaultOf(member.Value) is { } fault)
                        return Fault(fault);
                    parameters = member.Value;
                    break;
                case "body" when member.Value.ValueKind == JsonValueKind.String:
                    body = member.Value.GetString();
                    break;
                case "priority" when member.Value.TryGetInt32(out var number):
                    priority = number;
                    break;
                case "params" or "body" or "priority":
                    return Fault(
                        $"The member '{member.Name}' has the wrong type. params must be an "
                            + "object, body must be text, and priority must be a whole number from "
                            + $"{int.MinValue} to {int.MaxValue}."
                    );
                default:
                    return Fault(
                        $"The member '{Clip(member.Name)}' is unknown. The members are id, params, body and priority."
                    );
            }
        var reading = Job(message, id);
        var job = reading.Job! with { Params = parameters, Priority = priority };
        return reading with { Job = body is null ? job : WithBody(job, Encoding.UTF8.GetBytes(body)) };
    }

    /// <summary>Returns why the server would not accept the params; null if their text is valid.</summary>
    private static string? FaultOf(JsonElement parameters) =>
        ParamsText.Validate(JsonMarshal.GetRawUtf8Value(parameters)) is { } fault
            ? $"The params are not valid: {fault.Path} {fault.Message}."
            : null;

    private MessageReading ReadObject(
        BrokerMessage message,
        Func<BrokerMessage, JsonElement, MessageReading> read
    )
    {
        if (message.Content.IsEmpty)
            return Fault($"The message is empty. {Remedy}");
        if (!Utf8.IsValid(message.Content.Span))
            return Fault($"The message is not valid UTF-8 text. {Remedy}");
        try
        {
            // The element is used after the document is disposed, so it is copied.
            using var document = JsonDocument.Parse(message.Content, _strict);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? read(message, document.RootElement.Clone())
                : Fault($"The message is a JSON {KindOf(document.RootElement)}. {Remedy}");
        }
        catch (JsonException invalid)
        {
            return Fault($"The message is not valid JSON: {JsonErrorDescription.Location(invalid)}. {Remedy}");
        }
        catch (InvalidOperationException fault) when (JsonErrorDescription.IsLoneSurrogate(fault))
        {
            return Fault($"The message is not valid JSON: {JsonErrorDescription.LoneSurrogate}");
        }
    }

    private string Remedy =>
        bridge.Messages == MessageForm.Params
            ? "With the message form 'params', a message must be a JSON object: the params of the job."
            : "With the message form 'envelope', a message must be a JSON object with the members id, params, body and "
                + "priority.";

    /// <summary>
    /// Adds the body with its detected content type, so that clients can display it and a method such as <c>noop</c>
    /// returns it with the correct type.
    /// </summary>
    private static JobRequest WithBody(JobRequest job, ReadOnlyMemory<byte> body) =>
        job with
        {
            Body = body,
            ContentType = ContentType.Of(body.Span),
        };

    private static string? IdOf(JsonElement value) =>
        value.ValueKind == JsonValueKind.String
        && value.GetString() is { Length: > 0 and <= MaxIdLength } text
        && !text.AsSpan().ContainsAnyExcept(IdCharacters)
            ? text
            : null;

    private static string KindOf(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Array => "array",
            JsonValueKind.String => "string",
            JsonValueKind.Number => "number",
            JsonValueKind.True or JsonValueKind.False => "boolean",
            _ => "null",
        };

    private static string Clip(string text) => text.Length <= 64 ? text : text[..64] + "…";

    private static MessageReading Fault(string reason) => new() { Fault = reason };
}

/// <summary>The job that a message describes, or the reason why the message is not valid.</summary>
internal sealed record MessageReading
{
    public JobRequest? Job { get; init; }

    public string? Fault { get; init; }

    /// <summary>True if the sender gave the message an id.</summary>
    public bool HasOwnId { get; init; }
}
