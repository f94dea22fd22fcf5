using System.Runtime.CompilerServices;
using System.Text.Json;
using Headrace.Core;
using Headrace.Protocol.Json;

namespace Headrace.Client;

/// <summary>Watches the events of a server.</summary>
public sealed class EventsClient
{
    // The pause after the server ends a stream, so that the client does not call a stopping server in a tight loop.
    private static readonly TimeSpan EndPause = TimeSpan.FromMilliseconds(100);

    private readonly RetryingTransport _transport;

    internal EventsClient(RetryingTransport transport) => _transport = transport;

    /// <summary>
    /// Watches jobs and queues and, without a filter, workers, pools and webhooks. The first event is a <c>resync</c>.
    /// The enumeration continues after lost connections and server restarts, within the retry timeout, and ends only
    /// when it is cancelled.
    /// </summary>
    /// <remarks>
    /// A program that is slower than the server receives a <c>resync</c> in place of the events that it missed.
    /// </remarks>
    /// <param name="filter">The jobs to watch, such as <c>queue:eu state:failed</c>; null for all.</param>
    /// <param name="job">The id of the only job to watch; null for all.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <returns>The events, in the order of their commits.</returns>
    public async IAsyncEnumerable<ServerEvent> WatchAsync(
        string? filter = null,
        string? job = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        var path = QueryText.Of("v1/events", ("q", filter), ("job", job));
        var retryBudget = _transport.NewBudget();
        string? lastId = null;
        while (true)
        {
            HeadraceException? failure = null;
            await using (var connection = new EventConnection(_transport.Http, path, lastId))
                while (true)
                {
                    EventConnection.Item? item = null;
                    try
                    {
                        item = await connection.NextAsync(cancellationToken);
                    }
                    catch (HeadraceException broken) when (broken.IsTransient)
                    {
                        failure = broken;
                    }
                    if (item is not { } received)
                        break;
                    retryBudget.Reset();
                    lastId = received.Id;
                    if (Read(received) is { } next)
                        yield return next;
                }
            // The server ends each stream after a few minutes. The next stream continues at the same position.
            var pause = failure is null ? EndPause : retryBudget.NextDelay(failure);
            await _transport.PauseAsync(pause ?? throw failure!, cancellationToken);
        }
    }

    /// <summary>Returns null for a heartbeat, and for a kind of event that this version does not know.</summary>
    private ServerEvent? Read(EventConnection.Item item)
    {
        try
        {
            return item.Kind switch
            {
                "job" or "progress" or "log" => new ServerEvent(item.Kind)
                {
                    Job = JsonSerializer.Deserialize(item.Json, HeadraceJson.Default.JobEventReply),
                },
                "queue" => new ServerEvent(item.Kind)
                {
                    Queue = JsonSerializer.Deserialize(item.Json, HeadraceJson.Default.QueueEventReply),
                },
                "pool" => new ServerEvent(item.Kind)
                {
                    Pool = JsonSerializer.Deserialize(item.Json, HeadraceJson.Default.PoolEventReply),
                },
                "worker" => new ServerEvent(item.Kind)
                {
                    Worker = JsonSerializer.Deserialize(item.Json, HeadraceJson.Default.WorkerEventReply),
                },
                "webhook" => new ServerEvent(item.Kind)
                {
                    Webhook = JsonSerializer.Deserialize(item.Json, HeadraceJson.Default.WebhookEventReply),
                },
                "resync" => new ServerEvent(item.Kind)
                {
                    Resync = JsonSerializer.Deserialize(item.Json, HeadraceJson.Default.ResyncReply),
                },
                _ => null,
            };
        }
        catch (JsonException unreadable)
        {
            throw _transport.Http.NotHeadrace($"an event cannot be parsed ({unreadable.Message})", unreadable);
        }
    }
}
