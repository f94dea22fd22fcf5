using Headrace.Bridges;
using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Server.Http;

namespace Headrace.Server.Bridges;

/// <summary>Converts bridges from and to the form that clients send and receive.</summary>
internal static class BridgeText
{
    /// <summary>The name of a feed has 64 characters at most, and that of a bridge is a part of it.</summary>
    private const int MaxNameLength = 50;

    private const int MaxKeyLength = 512;
    private const int MaxInFlight = 10_000;

    /// <summary>Reads the name in a path.</summary>
    public static Result<string> ParseName(string text) =>
        NameFormat.IsValid(text) && text.Length <= MaxNameLength
            ? text
            : Problem.BadRequest(
                $"'{QuotedText.Clip(text)}' is not a valid bridge name. Use {NameFormat.Description}, and at most "
                    + $"{MaxNameLength} characters."
            );

    /// <summary>Reads a definition, and checks that its parts fit together.</summary>
    public static Result<BridgeDefinition> Parse(string name, BridgeRequest request, bool paused)
    {
        if (request.Address is not { } text)
            return Missing("address", $"the address of the broker: {BrokerAddress.Format}");
        if (!BrokerAddress.TryParse(text, request.Sentinel, out var address, out var fault))
            return Problem.BadRequest(fault);
        if (request.From is null && request.To is null)
            return Missing("from", "the list whose messages become jobs, or set 'to' to the list for the results");
        foreach (
            var (member, key) in (ReadOnlySpan<(string, string?)>)
                [
                    ("from", request.From),
                    ("to", request.To),
                    ("deadLetter", request.DeadLetter),
                    ("group", request.Group),
                ]
        )
            if (key is { Length: 0 or > MaxKeyLength })
                return Problem.BadRequest(
                    $"The member '{member}' has {key.Length} characters. The name of a list, stream or group has 1 to "
                        + $"{MaxKeyLength}."
                );
        if (request.From is not null && request.From == request.To)
            return Problem.BadRequest(
                $"The bridge would take its own results from the list '{QuotedText.Clip(request.From)}'. Use different "
                    + "lists for 'from' and 'to'."
            );
        if (request.From is not null && request.From == request.DeadLetter)
            return Problem.BadRequest(
                $"The bridge would take its own dead letters from the list '{QuotedText.Clip(request.From)}'. Use a "
                    + "different list for 'deadLetter'."
            );
        var queue = QueueName.Default;
        if (request.Queue is not null && !QueueName.TryParse(request.Queue, out queue))
            return Problem.BadRequest(
                $"'{QuotedText.Clip(request.Queue)}' is not a valid queue name. Use {NameFormat.Description}."
            );
        if (request.From is not null && request.Method is null)
            return Missing("method", "the method of the jobs");
        if (
            !Form<MessageForm>("messages", request.Messages, "body, params or envelope")
                .TryGet(out var messageForm, out var problem)
        )
            return problem;
        if (!Form<ResultForm>("results", request.Results, "envelope or raw").TryGet(out var resultForm, out problem))
            return problem;
        if (
            !TypeOf(address.Kind, "fromType", request.FromType, canBeExchange: false).TryGet(out var fromType, out problem)
            || !TypeOf(address.Kind, "toType", request.ToType, canBeExchange: true).TryGet(out var toType, out problem)
        )
            return problem;
        if (request.InFlight is < 1 or > MaxInFlight)
            return Problem.BadRequest(
                $"inFlight={request.InFlight} is not valid. Use a number from 1 to {MaxInFlight}."
            );
        return new BridgeDefinition
        {
            Name = name,
            Broker = address,
            Password = request.Password is { Length: > 0 } password ? password : null,
            From = request.From,
            FromType = fromType,
            Group = request.Group ?? BridgeDefinition.DefaultGroup,
            To = request.To,
            ToType = toType,
            DeadLetter = request.From is null ? null : request.DeadLetter ?? $"{request.From}.dead",
            Queue = queue.Text,
            Method = request.From is null ? null : request.Method,
            Messages = messageForm,
            Results = resultForm,
            InFlight = request.InFlight ?? BridgeDefinition.DefaultInFlight,
            Paused = paused,
        };
    }

    public static BridgeReply View(StoredBridge bridge, BridgeStatus status)
    {
        var definition = bridge.Definition;
        return new BridgeReply
        {
            Name = definition.Name,
            Address = definition.Broker.ToString(),
            Sentinel = definition.Broker.Sentinel,
            From = definition.From,
            FromType = definition.From is null ? null : NameOf(definition.FromType),
            Group = definition.FromType == BrokerKeyType.Stream ? definition.Group : null,
            To = definition.To,
            ToType = definition.To is null ? null : NameOf(definition.ToType),
            DeadLetter = definition.DeadLetter,
            Queue = definition.Queue,
            Method = definition.Method,
            Messages = NameOf(definition.Messages),
            Results = NameOf(definition.Results),
            InFlight = definition.InFlight,
            Version = bridge.Version,
            State = NameOf(status.State),
            Why = status.Reason,
            LastError = status.LastError,
            LastErrorAt = status.LastErrorAt,
            Warnings = status.Warnings.Count > 0 ? status.Warnings : null,
            Accepted = status.Accepted,
            Rejected = status.Rejected,
            Published = status.Published,
            Repeated = status.Repeated,
            MessagesInFlight = status.MessagesInFlight,
            ResultsInFlight = status.ResultsInFlight,
            MessagesWaiting = status.MessagesWaiting,
            ResultsWaiting = status.ResultsWaiting,
            AcceptedPerSecond = Math.Round(status.AcceptedPerSecond, 1),
            PublishedPerSecond = Math.Round(status.PublishedPerSecond, 1),
        };
    }

    /// <summary>Describes a bridge in the audit log.</summary>
    public static string Describe(BridgeDefinition bridge) =>
        string.Join(
            ' ',
            new[]
            {
                $"address={bridge.Broker}",
                bridge.From is null ? null : $"from={bridge.From}",
                bridge.To is null ? null : $"to={bridge.To}",
                $"queue={bridge.Queue}",
                bridge.Method is null ? null : $"method={bridge.Method}",
                bridge.Paused ? "paused" : null,
            }.OfType<string>()
        );

    public static string NameOf<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static Result<BrokerKeyType> TypeOf(BrokerKind kind, string member, string? text, bool canBeExchange) =>
        (kind, text) switch
        {
            (BrokerKind.Redis, null or "list") => BrokerKeyType.List,
            (BrokerKind.Redis, "stream") => BrokerKeyType.Stream,
            (BrokerKind.RabbitMq, null or "queue") => BrokerKeyType.Queue,
            (BrokerKind.RabbitMq, "exchange") when canBeExchange => BrokerKeyType.Exchange,
            _ => Problem.BadRequest(
                $"{member} '{QuotedText.Clip(text!)}' is not valid. Use "
                    + (
                        kind == BrokerKind.Redis ? "list or stream."
                        : canBeExchange ? "queue or exchange."
                        : "queue."
                    )
            ),
        };

    private static Result<T> Form<T>(string member, string? text, string choices)
        where T : struct, Enum
    {
        if (text is null)
            return default(T);
        foreach (var value in Enum.GetValues<T>())
            if (NameOf(value) == text)
                return value;
        return Problem.BadRequest($"{member} '{QuotedText.Clip(text)}' is not valid. Use {choices}.");
    }

    private static Problem Missing(string member, string remedy) =>
        Problem.BadRequest($"The member '{member}' is missing. Set it to {remedy}.");
}
