namespace Headrace.Protocol.Json;

/// <summary>The body of <c>PUT /v1/feeds/{feed}</c>.</summary>
public sealed record FeedRequest
{
    /// <summary>The queue whose ended jobs the feed delivers.</summary>
    public string? Queue { get; init; }

    /// <summary>
    /// Where the feed starts: <c>now</c> for jobs that end from now on, or <c>first</c> for all ended jobs that the
    /// server keeps.
    /// </summary>
    public string? From { get; init; }

    /// <summary>
    /// Which ended jobs to deliver: <c>succeeded</c>, <c>failed</c> for failed and cancelled jobs, or <c>all</c>.
    /// </summary>
    public string? States { get; init; }
}

/// <summary>The body of <c>POST /v1/feeds/{feed}:seek</c>.</summary>
public sealed record SeekRequest
{
    /// <summary>The new position: <c>first</c>, <c>now</c> or the first completion number to deliver.</summary>
    public string? To { get; init; }
}

/// <summary>A feed and its position.</summary>
public sealed record FeedReply
{
    public required string Name { get; init; }

    public required string Queue { get; init; }

    /// <summary>The ended jobs that the feed delivers: <c>succeeded</c>, <c>failed</c> or <c>all</c>.</summary>
    public required string States { get; init; }

    /// <summary>The completion number up to which every job of the feed has been acknowledged.</summary>
    public required long Position { get; init; }

    /// <summary>The highest completion number of all queues.</summary>
    public required long LastCompletion { get; init; }

    /// <summary>The number of ended jobs that are not acknowledged, including those that consumers hold.</summary>
    public required long Lag { get; init; }

    /// <summary>False if the server stopped counting, so that <see cref="Lag"/> is a lower bound.</summary>
    public required bool Complete { get; init; }

    /// <summary>The number of deliveries that consumers hold.</summary>
    public required int Leased { get; init; }

    /// <summary>The number of jobs that were deleted before the feed acknowledged them.</summary>
    public required long Expired { get; init; }
}

/// <summary>A page of feeds, ordered by name.</summary>
/// <param name="Feeds">The feeds.</param>
/// <param name="Next">The value of <c>after</c> for the next page; absent on the last one.</param>
public sealed record FeedPage(IReadOnlyList<FeedReply> Feeds, string? Next);

/// <summary>The jobs that a pull delivers, in the order of their completion.</summary>
/// <param name="Feed">The name of the feed.</param>
/// <param name="Expired">The number of jobs that were deleted before the feed acknowledged them.</param>
/// <param name="Lease">How long the jobs are withheld from other pulls, for example <c>1m</c>.</param>
/// <param name="Deliveries">The jobs; empty if there are none.</param>
public sealed record DeliveriesReply(string Feed, long Expired, string Lease, IReadOnlyList<DeliveryReply> Deliveries);

/// <summary>An ended job, and the token that its consumer uses to acknowledge or release it.</summary>
public sealed record DeliveryReply(string Token, JobReply Job);

/// <summary>
/// The body of <c>POST /v1/feeds/{feed}:ack</c> and <c>:release</c>: the tokens of at most 1,000 deliveries.
/// </summary>
public sealed record SettleRequest
{
    public IReadOnlyList<string>? Deliveries { get; init; }
}

/// <summary>The result of acknowledging deliveries.</summary>
/// <param name="Acknowledged">The number of deliveries that were acknowledged.</param>
/// <param name="Repeated">The number of deliveries that had already been acknowledged.</param>
/// <param name="Ignored">The number of deliveries that were ignored because the feed was moved or created
/// again.</param>
public sealed record AcknowledgedReply(int Acknowledged, int Repeated, int Ignored);

/// <summary>The result of releasing deliveries.</summary>
/// <param name="Released">The number of deliveries that are now available to other consumers.</param>
/// <param name="Ignored">The number of deliveries that the caller no longer held.</param>
public sealed record ReleasedReply(int Released, int Ignored);
