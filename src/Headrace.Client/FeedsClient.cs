using System.Net.Http.Json;
using Headrace.Protocol.Json;

namespace Headrace.Client;

/// <summary>
/// Creates feeds and consumes them. A feed delivers each ended job in a queue to one of its consumers, and repeats this
/// until a consumer acknowledges the job. Get an instance from <see cref="HeadraceClient.Feeds"/>.
/// </summary>
/// <remarks>Calls that create, move or delete a feed require the operator role.</remarks>
public sealed class FeedsClient
{
    private readonly RetryingTransport _transport;

    internal FeedsClient(RetryingTransport transport) => _transport = transport;

    /// <summary>Gets a page of the feeds, ordered by name.</summary>
    /// <param name="after">The <c>Next</c> cursor of the previous page; null for the first page.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<FeedPage> ListAsync(string? after = null, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(
            QueryText.Of("v1/feeds", ("after", after)),
            HeadraceJson.Default.FeedPage,
            cancellationToken
        );

    /// <summary>Gets a feed, its position and its lag.</summary>
    public Task<FeedReply> GetAsync(string feed, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(PathOf(feed), HeadraceJson.Default.FeedReply, cancellationToken);

    /// <summary>Creates a feed. Has no effect if an identical feed already exists.</summary>
    /// <param name="feed">The name of the feed.</param>
    /// <param name="request">The queue, and which of its ended jobs the feed delivers.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<FeedReply> CreateAsync(string feed, FeedRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _transport.SendAsync(
            () =>
                new HttpRequestMessage(HttpMethod.Put, PathOf(feed))
                {
                    Content = JsonContent.Create(request, HeadraceJson.Default.FeedRequest),
                },
            HeadraceJson.Default.FeedReply,
            cancellationToken
        );
    }

    /// <summary>
    /// Moves a feed to a position. Jobs from this position on are delivered again; earlier jobs are not.
    /// </summary>
    /// <param name="feed">The name of the feed.</param>
    /// <param name="to">The position: <c>first</c>, <c>now</c> or a completion number.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<FeedReply> SeekAsync(string feed, string to, CancellationToken cancellationToken = default) =>
        _transport.SendAsync(
            () =>
                new HttpRequestMessage(HttpMethod.Post, PathOf(feed) + ":seek")
                {
                    Content = JsonContent.Create(new SeekRequest { To = to }, HeadraceJson.Default.SeekRequest),
                },
            HeadraceJson.Default.FeedReply,
            cancellationToken
        );

    /// <summary>Deletes a feed and its position. The jobs in the queue remain.</summary>
    public Task DeleteAsync(string feed, CancellationToken cancellationToken = default) =>
        _transport.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Delete, PathOf(feed)),
            (_, _) => true,
            submits: false,
            cancellationToken
        );

    /// <summary>
    /// Pulls the oldest jobs that are neither acknowledged nor held by another consumer. Acknowledge each of them
    /// before its lease ends; otherwise, the feed delivers it again.
    /// </summary>
    /// <param name="feed">The name of the feed.</param>
    /// <param name="top">The maximum number of jobs, 1 to 1,000; null for 10.</param>
    /// <param name="wait">How long to wait if no job is available, at most 30 s.</param>
    /// <param name="lease">How long the jobs are withheld from other consumers, 1 s to 1 h; null for 60 s.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<DeliveriesReply> PullAsync(
        string feed,
        int? top = null,
        TimeSpan wait = default,
        TimeSpan? lease = null,
        CancellationToken cancellationToken = default
    ) => Of(feed).PullAsync(top, wait, lease, HeadraceJson.Default.DeliveriesReply, cancellationToken);

    /// <summary>Acknowledges deliveries: the feed never delivers these jobs again.</summary>
    /// <param name="feed">The name of the feed.</param>
    /// <param name="tokens">The tokens of the deliveries.</param>
    /// <param name="cancellationToken">
    /// Cancels the call. Some deliveries may already have been acknowledged by then.
    /// </param>
    public Task<AcknowledgedReply> AcknowledgeAsync(
        string feed,
        IEnumerable<string> tokens,
        CancellationToken cancellationToken = default
    ) => Of(feed).AcknowledgeAsync(tokens, cancellationToken);

    /// <summary>
    /// Releases deliveries, so that other consumers receive these jobs at once instead of when the lease ends.
    /// </summary>
    /// <param name="feed">The name of the feed.</param>
    /// <param name="tokens">The tokens of the deliveries.</param>
    /// <param name="cancellationToken">
    /// Cancels the call. Some deliveries may already have been released by then.
    /// </param>
    public Task<ReleasedReply> ReleaseAsync(
        string feed,
        IEnumerable<string> tokens,
        CancellationToken cancellationToken = default
    ) => Of(feed).ReleaseAsync(tokens, cancellationToken);

    private Consumption Of(string feed) => new(_transport, PathOf(feed));

    private static string PathOf(string feed)
    {
        ArgumentException.ThrowIfNullOrEmpty(feed);
        return $"v1/feeds/{Uri.EscapeDataString(feed)}";
    }
}
