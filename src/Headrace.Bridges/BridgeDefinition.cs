namespace Headrace.Bridges;

/// <summary>
/// Defines what a bridge connects: messages from a broker become jobs in a queue, and results from the queue become
/// messages. A bridge has a source, a target, or both. This is also the form of a bridge's registry document.
/// </summary>
internal sealed record BridgeDefinition
{
    public required string Name { get; init; }

    public required BrokerAddress Broker { get; init; }

    /// <summary>The password for the broker. It is a secret, so no route returns it.</summary>
    public string? Password { get; init; }

    /// <summary>The file on the server's machine that contains the password; null if there is none.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>
    /// The list, stream or queue whose messages become jobs; null if the bridge only publishes results.
    /// </summary>
    public string? From { get; init; }

    public BrokerKeyType FromType { get; init; }

    /// <summary>The consumer group that the bridge uses to read a stream.</summary>
    public string Group { get; init; } = DefaultGroup;

    /// <summary>
    /// The list, stream, queue or exchange that receives the results; null if the bridge only takes messages.
    /// </summary>
    public string? To { get; init; }

    public BrokerKeyType ToType { get; init; }

    /// <summary>The list or queue for messages that cannot become jobs. Each is stored there with the reason.</summary>
    public string? DeadLetter { get; init; }

    public required string Queue { get; init; }

    /// <summary>The method of the jobs; null if the bridge only publishes results.</summary>
    public string? Method { get; init; }

    /// <summary>Specifies how a message describes its job.</summary>
    public MessageForm Messages { get; init; }

    /// <summary>Specifies how a result is converted to a message.</summary>
    public ResultForm Results { get; init; }

    /// <summary>
    /// Maximum number of messages that have been taken but not yet accepted by the server, and of results that have
    /// been pulled but not yet published. A larger value uses more memory here and in the broker. A smaller value
    /// reduces throughput, because each round trip transfers fewer of them.
    /// </summary>
    public int InFlight { get; init; } = DefaultInFlight;

    /// <summary>True if the bridge is stopped until an operator resumes it.</summary>
    public bool Paused { get; init; }

    /// <summary>
    /// Enough for two requests of 500 jobs, so that the next request can be prepared during a commit.
    /// </summary>
    public const int DefaultInFlight = 1_000;

    public const string DefaultGroup = "headrace";

    public IEnumerable<BridgeSide> Sides =>
        from side in Enum.GetValues<BridgeSide>()
        where (side == BridgeSide.Source ? From : To) is not null
        select side;

    /// <summary>The feed from which the bridge publishes.</summary>
    public string Feed => $"bridge.{Name}";

    /// <summary>The owner of the jobs that the bridge submits.</summary>
    public string Owner => OwnerOf(Name);

    public static string OwnerOf(string name) => $"bridge:{name}";

    /// <summary>Returns the definition for a connection that serves only one of the sides.</summary>
    public BridgeDefinition Only(BridgeSide side) =>
        side == BridgeSide.Source ? this with { To = null } : this with { From = null, DeadLetter = null };

    /// <summary>
    /// Returns whether the bridge takes messages from the same object of the same broker as another definition.
    /// </summary>
    public bool HasSourceOf(BridgeDefinition other) =>
        From == other.From && FromType == other.FromType && Broker.HoldsDataOf(other.Broker);

    /// <summary>Omits the password.</summary>
    public override string ToString() => $"{Name} {Broker}";
}

/// <summary>The type of broker object that holds messages.</summary>
internal enum BrokerKeyType
{
    /// <summary>A Redis list.</summary>
    List,

    /// <summary>A Redis stream that is read by a consumer group.</summary>
    Stream,

    /// <summary>
    /// A RabbitMQ queue. The result of a message with a reply-to address goes to that address instead.
    /// </summary>
    Queue,

    /// <summary>
    /// A RabbitMQ exchange. The result of a message with a reply-to address goes to that address instead.
    /// </summary>
    Exchange,
}

/// <summary>Specifies how a message describes its job.</summary>
internal enum MessageForm
{
    /// <summary>The message is the body of the job.</summary>
    Body,

    /// <summary>The message is a JSON object: the params of the job.</summary>
    Params,

    /// <summary>
    /// The message is a JSON object with the members <c>id</c>, <c>params</c>, <c>body</c> and <c>priority</c>.
    /// </summary>
    Envelope,
}

/// <summary>Specifies how a result is converted to a message.</summary>
internal enum ResultForm
{
    /// <summary>
    /// A JSON object with the id of the job, its state and its result. Failed jobs are also published.
    /// </summary>
    Envelope,

    /// <summary>Only the bytes of the result. Jobs that did not succeed are not published.</summary>
    Raw,
}
