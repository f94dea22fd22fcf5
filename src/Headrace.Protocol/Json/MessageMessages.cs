using System.Text.Json;

namespace Headrace.Protocol.Json;

/// <summary>The messages that a pull delivers, in serving order.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="Lease">How long the messages are withheld from other clients, for example <c>1m</c>.</param>
/// <param name="Messages">The messages; empty if there are none.</param>
public sealed record MessagesReply(string Queue, string Lease, IReadOnlyList<MessageReply> Messages);

/// <summary>A message, and the token that its consumer uses to acknowledge or release it.</summary>
public sealed record MessageReply
{
    public required string Token { get; init; }

    /// <summary>The id of the message, which is the id of its job.</summary>
    public required string Id { get; init; }

    /// <summary>How many times the message has been delivered, including this time.</summary>
    public required int Delivery { get; init; }

    public required DateTimeOffset Submitted { get; init; }

    public int Priority { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }

    public JsonElement? Params { get; init; }

    /// <summary>The body, if it is UTF-8 text.</summary>
    public string? Body { get; init; }

    /// <summary>The body in base64, if it is not UTF-8 text.</summary>
    public string? BodyBase64 { get; init; }

    public string? ContentType { get; init; }
}
