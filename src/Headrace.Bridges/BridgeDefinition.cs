namespace Headrace.Bridges;

/// <summary>
/// What a bridge connects: the messages of a broker become jobs of a queue, and the results of the queue become
/// messages. A bridge has a source, a target, or both. Its document in the registry has this form.
/// </summary>
internal sealed record BridgeDefinition
{
    public required string Name { get; init; }

    public required BrokerAddress Broker { get; init; }

    /// <summary>The password of the broker. It is a secret: no route returns it.</summary>
    public string? Password { get; init; }

    /// <summary>The file that contains the password, on the machine of the server; null if there is none.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>
    /// The list, stream or queue whose messages become jobs; null if the bridge only publishes results.
    /// </summary>
    public string? From { get; init; }

    public BrokerKeyType FromType { get; init; }

    /// <summary>The consumer group by which the bridge reads a stream.</summary>
    public string Group { get; init; } = DefaultGroup;

    /// <summary>
    /// The list, stream, queue or exchange that receives the results; null if the bridge only takes messages.
    /// </summary>
    public string? To { get; init; }

    public BrokerKeyType ToType { get; init; }

    /// <summary>The list or queue that receives the messages that cannot become jobs, with the reason.</summary>
    public string? DeadLetter { get; init; }

    public required string Queue { get; init; }

    /// <summary>The method of the jobs; null if the bridge only publishes results.</summary>
    public string? Method { get; init; }

    /// <summary>How a message describes its job.</summary>
    public MessageForm Messages { get; init; }

    /// <summary>How a result becomes a message.</summary>
    public ResultForm Results { get; init; }

    /// <summary>
    /// Maximum number of messages that the bridge has taken and the server has not accepted, and of results that it has
    /// pulled and not published. More of them cost memory here and in the broker; fewer cost throughput, because each
    /// of them needs a part of a round trip.
    /// </summary>
    public int InFlight { get; init; } = DefaultInFlight;

    /// <summary>Whether the bridge is stopped until an operator resumes it.</summary>
    public bool Paused { get; init; }

    /// <summary>Two requests of 500 jobs, so that the next one is prepared while a commit runs.</summary>
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

    /// <summary>The definition for a connection that serves one side only.</summary>
    public BridgeDefinition Only(BridgeSide side) =>
        side == BridgeSide.Source ? this with { To = null } : this with { From = null, DeadLetter = null };

    /// <summary>Omits the password.</summary>
    public override string ToString() => $"{Name} {Broker}";
}

/// <summary>What contains messages in a broker.</summary>
internal enum BrokerKeyType
{
    /// <summary>A list of Redis.</summary>
    List,

    /// <summary>A stream of Redis, read by a consumer group.</summary>
    Stream,

    /// <summary>A queue of RabbitMQ. A message with a reply-to address is answered there instead.</summary>
    Queue,

    /// <summary>An exchange of RabbitMQ. A message with a reply-to address is answered there instead.</summary>
    Exchange,
}

/// <summary>How a message describes its job.</summary>
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

/// <summary>How a result becomes a message.</summary>
internal enum ResultForm
{
    /// <summary>
    /// A JSON object with the id of the job, its state and its result. Failed jobs are published as well.
    /// </summary>
    Envelope,

    /// <summary>The bytes of the result. Only succeeded jobs are published.</summary>
    Raw,
}
