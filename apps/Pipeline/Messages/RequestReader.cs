using System.Text;
using System.Text.Json;

namespace Headrace.Apps.Pipeline.Messages;

/// <summary>Reads messages, which are a whole number or a JSON object. Pure.</summary>
internal static class RequestReader
{
    /// <summary>The characters of a message that a fault quotes.</summary>
    private const int MaxQuoted = 60;

    private const string Remedy = "Send a whole number, such as 100, or an object, such as {\"param\": 100}.";

    public static RequestReading Read(ReadOnlyMemory<byte> message, MessageForm form)
    {
        var json = StrictJson.Read(message);
        return json.Value is { } value ? Read(value, message, form)
            : json.Fault is { } fault ? Faulty($"The message {Quote(message.Span)} is not valid: {fault}.")
            : Faulty($"The message {Quote(message.Span)} is not JSON. {Remedy}");
    }

    /// <summary>Returns the first characters of a message.</summary>
    public static string Quote(ReadOnlySpan<byte> message)
    {
        var text = Encoding.UTF8.GetString(message[..Math.Min(message.Length, 4 * MaxQuoted)]).Trim();
        return text.Length > MaxQuoted ? $"'{text[..MaxQuoted]}…' ({message.Length} bytes)" : $"'{text}'";
    }

    private static string Quote(JsonElement value) => Clip(value.GetRawText());

    private static string Clip(string text) => text.Length > MaxQuoted ? $"{text[..MaxQuoted]}…" : text;

    private static RequestReading Read(JsonElement message, ReadOnlyMemory<byte> bytes, MessageForm form)
    {
        switch (message.ValueKind)
        {
            case JsonValueKind.Null when form == MessageForm.Redis:
                return new RequestReading { IsStop = true };
            case JsonValueKind.Number:
                return ReadNumber(message, PipelineRequest.DefaultMethod);
            case JsonValueKind.Object:
                return ReadObject(message, form);
            default:
                return Faulty($"The message {Quote(bytes.Span)} is no request. {Remedy}");
        }
    }

    private static RequestReading ReadObject(JsonElement message, MessageForm form)
    {
        if (form == MessageForm.Headrace && message.TryGetProperty("stop", out var stop))
            return stop.ValueKind == JsonValueKind.True && message.EnumerateObject().Count() == 1
                ? new RequestReading { IsStop = true }
                : Faulty("A message with the member 'stop' must be {\"stop\": true}.");
        var method = PipelineRequest.DefaultMethod;
        JsonElement? param = null;
        JsonElement? values = null;
        foreach (var member in message.EnumerateObject())
            switch (member.Name)
            {
                case "method" when member.Value.ValueKind == JsonValueKind.String:
                    method = member.Value.GetString()!;
                    break;
                case "method":
                    return Faulty(
                        $"'method' is {Quote(member.Value)}, but must be a text, such as \"simulate\"."
                    );
                case "param":
                    param = member.Value;
                    break;
                case "params" when member.Value.ValueKind == JsonValueKind.Object:
                    values = member.Value.Clone();
                    break;
                case "params":
                    return Faulty($"'params' is {Quote(member.Value)}, but must be an object.");
                default:
                    return Faulty(
                        $"'{Clip(member.Name)}' is not a member of a request. The members are method, and param or "
                            + "params."
                    );
            }
        return (param, values) switch
        {
            ({ ValueKind: JsonValueKind.Number } number, null) => ReadNumber(number, method),
            ({ } other, null) => Faulty($"'param' is {Quote(other)}, but must be a whole number, such as 100."),
            (null, { } named) => new RequestReading
            {
                Request = new PipelineRequest(method, null) { Params = named },
            },
            (null, null) => Faulty("The message has no 'param'. " + Remedy),
            _ => Faulty("The message has both 'param' and 'params'. Send one of them."),
        };
    }

    private static RequestReading ReadNumber(JsonElement number, string method) =>
        number.TryGetInt64(out var param) && param is >= -Limits.Param and <= Limits.Param
            ? new RequestReading { Request = new PipelineRequest(method, param) }
            : Faulty(
                $"The parameter {Quote(number)} is not a whole number from -{Limits.Param} to {Limits.Param}."
            );

    private static RequestReading Faulty(string fault) => new() { Fault = fault };
}
