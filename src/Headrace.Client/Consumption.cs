using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Serialization.Metadata;
using Headrace.Protocol.Json;

namespace Headrace.Client;

/// <summary>
/// The requests that clients use to consume feeds and messages. Clients pull with a lease, then acknowledge or release.
/// </summary>
/// <param name="transport">Sends the requests.</param>
/// <param name="path">The path before the action, such as <c>v1/feeds/orders</c>.</param>
internal sealed class Consumption(RetryingTransport transport, string path)
{
    /// <summary>Maximum number of tokens in one request.</summary>
    private const int MaxSettled = 1_000;

    public Task<T> PullAsync<T>(
        int? top,
        TimeSpan wait,
        TimeSpan? lease,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken
    )
    {
        var address = QueryText.Of(
            path + ":pull",
            ("top", QueryText.Of(top)),
            ("wait", ((int)wait.TotalSeconds).ToString(CultureInfo.InvariantCulture)),
            ("lease", lease is { } duration ? DurationText.ToText(duration) : null)
        );
        return SendAsync(() => new HttpRequestMessage(HttpMethod.Post, address), type, cancellationToken);
    }

    /// <summary>Acknowledges any number of deliveries, in several requests if necessary.</summary>
    public async Task<AcknowledgedReply> AcknowledgeAsync(
        IEnumerable<string> tokens,
        CancellationToken cancellationToken
    )
    {
        var sum = new AcknowledgedReply(0, 0, 0);
        foreach (var part in tokens.Chunk(MaxSettled))
        {
            var reply = await SettleAsync("ack", part, HeadraceJson.Default.AcknowledgedReply, cancellationToken);
            sum = new AcknowledgedReply(
                sum.Acknowledged + reply.Acknowledged,
                sum.Repeated + reply.Repeated,
                sum.Ignored + reply.Ignored
            );
        }
        return sum;
    }

    /// <summary>Releases any number of deliveries, in several requests if necessary.</summary>
    public async Task<ReleasedReply> ReleaseAsync(IEnumerable<string> tokens, CancellationToken cancellationToken)
    {
        var sum = new ReleasedReply(0, 0);
        foreach (var part in tokens.Chunk(MaxSettled))
        {
            var reply = await SettleAsync("release", part, HeadraceJson.Default.ReleasedReply, cancellationToken);
            sum = new ReleasedReply(sum.Released + reply.Released, sum.Ignored + reply.Ignored);
        }
        return sum;
    }

    private Task<T> SettleAsync<T>(
        string action,
        string[] tokens,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken
    ) =>
        SendAsync(
            () =>
                new HttpRequestMessage(HttpMethod.Post, $"{path}:{action}")
                {
                    Content = JsonContent.Create(
                        new SettleRequest { Deliveries = tokens },
                        HeadraceJson.Default.SettleRequest
                    ),
                },
            type,
            cancellationToken
        );

    private Task<T> SendAsync<T>(
        Func<HttpRequestMessage> make,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken
    ) =>
        transport.SendAsync(
            make,
            (response, body) => transport.Read(response, body, type),
            submits: false,
            cancellationToken
        );
}
