using System.Text;
using Headrace.Bridges;
using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Server.Http;

namespace Headrace.Server.Bridges;

/// <summary>Converts bridges from requests and to replies.</summary>
internal static class BridgeText
{
    /// <summary>A feed name, which contains the bridge name, has at most 64 characters.</summary>
    private const int MaxNameLength = 50;

    private const int MaxKeyLength = 512;

    /// <summary>The RabbitMQ limit minus the space for the suffix of the dead-letter queue.</summary>
    private const int MaxQueueNameBytes = 250;

    private const int MaxInFlight = 10_000;

    /// <summary>Parses the bridge name from a request path.</summary>
    public static Result<string> ParseName(string text) =>
        NameFormat.IsValid(text) && text.Length <= MaxNameLength
            ? text
            : Problem.BadRequest(
                $"'{QuotedText.Clip(text)}' is not a valid bridge name. Use {NameFormat.Description}, and at most "
                    + $"{MaxNameLength} characters."
            );

    /// <summary>Parses a definition, and checks that its members are consistent.</summary>
    public static Result<BridgeDefinition> Parse(string name, BridgeRequest request, bool paused)
    {
        if (request.Address is not { } text)
            return Missing("address", $"the address of the broker: {BrokerAddress.Format}");
        if (!BrokerAddress.TryParse(text, request.Sentinel, out var address, out var fault))
            return Problem.BadRequest(fault);
        if (request.From is null && request.To is null)
            return Missing("from", "the list whose messages become jobs, or set 'to' to the list for the results");
        if (CheckNames(address.Kind, request) is { } invalid)
            return invalid;
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
            !TypeOf(address.Kind, "fromType", request.FromType).TryGet(out var fromType, out problem)
            || !TypeOf(address.Kind, "toType", request.ToType, canBeExchange: true).TryGet(out var toType, out problem)
        )
            return problem;
        if (request.From is not null && request.From == request.To && toType != BrokerKeyType.Exchange)
            return Problem.BadRequest(
                $"The bridge would take its own results from '{QuotedText.Clip(request.From)}'. Use different names "
                    + "for 'from' and 'to'."
            );
        if (request.InFlight is < 1 or > MaxInFlight)
            return Problem.BadRequest(
                $"inFlight={request.InFlight} is not valid. Use a number from 1 to {MaxInFlight}."
            );
        return new BridgeDefinition
        {
            Name = name,
            Broker = address,
            Password = request.Password is { Length: > 0 } password ? password : null,
            PasswordFile = request.PasswordFile,
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
            PasswordFile = definition.PasswordFile,
            Sentinel = definition.Broker.Sentinel,
            From = definition.From,
            FromType = definition.FromType == BrokerKeyType.Stream ? "stream" : null,
            Group = definition.FromType == BrokerKeyType.Stream ? definition.Group : null,
            To = definition.To,
            ToType = definition.ToType is BrokerKeyType.Stream or BrokerKeyType.Exchange
                ? NameOf(definition.ToType)
                : null,
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

    /// <summary>Describes a bridge for the audit log.</summary>
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

    /// <summary>Checks the queue or key names in the broker, and the path of the password file.</summary>
    private static Problem? CheckNames(BrokerKind kind, BridgeRequest request)
    {
        // RabbitMQ counts bytes.
        var (maxLength, unit) = kind == BrokerKind.Redis ? (MaxKeyLength, "characters") : (MaxQueueNameBytes, "bytes");
        foreach (
            var (member, name) in (ReadOnlySpan<(string, string?)>)
                [
                    ("from", request.From),
                    ("to", request.To),
                    ("deadLetter", request.DeadLetter),
                    ("group", request.Group),
                ]
        )
        {
            if (name is null)
                continue;
            var length = kind == BrokerKind.Redis ? name.Length : Encoding.UTF8.GetByteCount(name);
            if (length == 0 || length > maxLength)
                return Problem.BadRequest(
                    $"The name in the member '{member}' has {length} {unit}. It must have 1 to {maxLength} {unit}."
                );
        }
        if (request.From is not null && request.From == request.DeadLetter)
            return Problem.BadRequest(
                $"The bridge would take its own dead letters from '{QuotedText.Clip(request.From)}'. Use a different "
                    + "name for 'deadLetter'."
            );
        if (kind == BrokerKind.RabbitMq && request.Sentinel is not null)
            return Problem.BadRequest("The member 'sentinel' applies to Redis only. Remove it.");
        if (request.PasswordFile is null)
            return null;
        if (request.Password is not null)
            return Problem.BadRequest("Only one of 'password' and 'passwordFile' can be set. Remove one of them.");
        return Path.IsPathFullyQualified(request.PasswordFile) && request.PasswordFile.Length <= MaxKeyLength
            ? null
            : Problem.BadRequest(
                $"passwordFile '{QuotedText.Clip(request.PasswordFile)}' is not valid. Use an absolute path on the "
                    + $"server's machine, of up to {MaxKeyLength} characters."
            );
    }

    private static Result<BrokerKeyType> TypeOf(
        BrokerKind kind,
        string member,
        string? text,
        bool canBeExchange = false
    ) =>
        (kind, text) switch
        {
            (BrokerKind.Redis, null or "list") => BrokerKeyType.List,
            (BrokerKind.Redis, "stream") => BrokerKeyType.Stream,
            (BrokerKind.RabbitMq, null or "queue") => BrokerKeyType.Queue,
            (BrokerKind.RabbitMq, "exchange") when canBeExchange => BrokerKeyType.Exchange,
            _ => Problem.BadRequest(
                $"{member} '{QuotedText.Clip(text!)}' is not valid. Use "
                    + (
                        kind == BrokerKind.Redis ? "list or stream, the types for Redis."
                        : canBeExchange ? "queue or exchange, the types for RabbitMQ."
                        : "queue, the type for RabbitMQ."
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
