namespace Headrace.Protocol.Json;

/// <summary>
/// The body of <c>PUT /v1/bridges/{bridge}</c>: the settings of a bridge, which has a source (<see cref="From"/>), a
/// target (<see cref="To"/>), or both.
/// </summary>
public sealed record BridgeRequest
{
    /// <summary>
    /// The address of the broker, for example <c>redis://127.0.0.1:6379</c> or <c>amqp://127.0.0.1:5672</c>. With TLS,
    /// the schemes are <c>rediss://</c> and <c>amqps://</c>.
    /// </summary>
    public string? Address { get; init; }

    /// <summary>The password; absent if the broker requires none. The server stores it.</summary>
    public string? Password { get; init; }

    /// <summary>
    /// The path of a file on the server's machine whose only line is the password. The server reads the file whenever
    /// the bridge connects, and does not store the password.
    /// </summary>
    public string? PasswordFile { get; init; }

    /// <summary>
    /// The name of the Sentinel service. If this member is set, the address is that of the sentinels.
    /// </summary>
    public string? Sentinel { get; init; }

    /// <summary>The list, stream or queue whose messages become jobs.</summary>
    public string? From { get; init; }

    /// <summary>
    /// The type of <see cref="From"/>. Redis: <c>list</c> (the default) or <c>stream</c>; RabbitMQ: <c>queue</c>.
    /// </summary>
    public string? FromType { get; init; }

    /// <summary>The consumer group that reads the stream. Default: <c>headrace</c>.</summary>
    public string? Group { get; init; }

    /// <summary>
    /// The list, stream, queue or exchange that receives the results. In RabbitMQ, the result of a message with a
    /// reply-to address goes to that address instead.
    /// </summary>
    public string? To { get; init; }

    /// <summary>
    /// The type of <see cref="To"/>. Redis: <c>list</c> (the default) or <c>stream</c>; RabbitMQ: <c>queue</c> (the
    /// default) or <c>exchange</c>.
    /// </summary>
    public string? ToType { get; init; }

    /// <summary>
    /// The list or queue that receives the messages that cannot become jobs. Default: the name of the source followed
    /// by <c>.dead</c>.
    /// </summary>
    public string? DeadLetter { get; init; }

    /// <summary>The queue for the jobs and results. Default: <c>default</c>.</summary>
    public string? Queue { get; init; }

    /// <summary>The method of the jobs. Required with <see cref="From"/>.</summary>
    public string? Method { get; init; }

    /// <summary>
    /// What a message contains: <c>body</c> (the default), <c>params</c> or <c>envelope</c>, a JSON object with id,
    /// params, body and priority.
    /// </summary>
    public string? Messages { get; init; }

    /// <summary>
    /// The form of a published result: <c>envelope</c> (the default), which is a JSON object with the id of the job, or
    /// <c>raw</c>, which is only the bytes of the result.
    /// </summary>
    public string? Results { get; init; }

    /// <summary>The maximum number of messages and of results that the bridge handles at a time, 1 to 10,000.</summary>
    public int? InFlight { get; init; }

    /// <summary>The version that the bridge must have; 0 if it must not exist, null for any version.</summary>
    public long? Version { get; init; }

    /// <summary>
    /// True to change the source of the bridge even if messages that it has taken cannot be returned to the previous
    /// one. They then stay there in the hash of the bridge.
    /// </summary>
    public bool? Force { get; init; }
}

/// <summary>A bridge, its state, and its counters since the server started.</summary>
public sealed record BridgeReply
{
    public required string Name { get; init; }

    /// <summary>The address of the broker, without the password.</summary>
    public required string Address { get; init; }

    /// <summary>
    /// The file that contains the password; absent if the server stores the password or there is no password.
    /// </summary>
    public string? PasswordFile { get; init; }

    public string? Sentinel { get; init; }

    public string? From { get; init; }

    /// <summary>The type of the source: <c>stream</c>; absent for a list or queue.</summary>
    public string? FromType { get; init; }

    /// <summary>The consumer group that reads the stream; absent for a list.</summary>
    public string? Group { get; init; }

    public string? To { get; init; }

    /// <summary>The type of the target: <c>stream</c> or <c>exchange</c>; absent for a list or queue.</summary>
    public string? ToType { get; init; }

    public string? DeadLetter { get; init; }

    public required string Queue { get; init; }

    public string? Method { get; init; }

    /// <summary>What a message contains: <c>body</c>, <c>params</c> or <c>envelope</c>.</summary>
    public required string Messages { get; init; }

    /// <summary>The form of a published result: <c>envelope</c> or <c>raw</c>.</summary>
    public required string Results { get; init; }

    public required int InFlight { get; init; }

    /// <summary>The version of the definition.</summary>
    public required long Version { get; init; }

    /// <summary>
    /// The state: <c>starting</c>, <c>running</c>, <c>waiting</c> (the server cannot accept jobs), <c>failing</c> (the
    /// broker or the server cannot be used) or <c>paused</c>.
    /// </summary>
    public required string State { get; init; }

    /// <summary>Why the bridge is waiting or failing; absent otherwise.</summary>
    public string? Why { get; init; }

    /// <summary>The latest error or rejected message; absent if there was none.</summary>
    public string? LastError { get; init; }

    public DateTimeOffset? LastErrorAt { get; init; }

    /// <summary>Broker settings that can lose messages; absent if none were found.</summary>
    public IReadOnlyList<string>? Warnings { get; init; }

    /// <summary>The number of messages that became jobs.</summary>
    public long Accepted { get; init; }

    /// <summary>The number of messages that became dead letters.</summary>
    public long Rejected { get; init; }

    /// <summary>The number of published results.</summary>
    public long Published { get; init; }

    /// <summary>
    /// The number of results that were delivered again but not published, because the broker already had them.
    /// </summary>
    public long Repeated { get; init; }

    /// <summary>The number of messages that were taken from the broker but have not become jobs yet.</summary>
    public int MessagesInFlight { get; init; }

    /// <summary>The number of results that were pulled but not published yet.</summary>
    public int ResultsInFlight { get; init; }

    /// <summary>The number of messages waiting in the broker; absent if unknown.</summary>
    public long? MessagesWaiting { get; init; }

    /// <summary>The number of results waiting to be published; absent if unknown.</summary>
    public long? ResultsWaiting { get; init; }

    /// <summary>Messages accepted per second, averaged over the last ten seconds.</summary>
    public double AcceptedPerSecond { get; init; }

    /// <summary>Results published per second, averaged over the last ten seconds.</summary>
    public double PublishedPerSecond { get; init; }
}
