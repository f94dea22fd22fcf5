using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Headrace.Protocol.Json;

namespace Headrace.Client;

/// <summary>Controls the queues of a server and how long their ended jobs are kept.</summary>
/// <remarks>Calls that change a queue require the operator role.</remarks>
public sealed class QueuesClient
{
    private readonly RetryingTransport _transport;

    internal QueuesClient(RetryingTransport transport) => _transport = transport;

    /// <summary>Gets the settings of a queue. The queue need not exist yet.</summary>
    public Task<QueueSettingsReply> GetSettingsAsync(string queue, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(PathOf(queue) + "/settings", HeadraceJson.Default.QueueSettingsReply, cancellationToken);

    /// <summary>Replaces the settings of a queue. A member that is null is set to its default.</summary>
    public Task<QueueSettingsReply> SetSettingsAsync(
        string queue,
        QueueSettingsRequest settings,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(settings);
        var json = JsonSerializer.SerializeToUtf8Bytes(settings, HeadraceJson.Default.QueueSettingsRequest);
        return _transport.SendAsync(
            () =>
                new HttpRequestMessage(HttpMethod.Put, PathOf(queue) + "/settings")
                {
                    Content = new ByteArrayContent(json)
                    {
                        Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
                    },
                },
            HeadraceJson.Default.QueueSettingsReply,
            cancellationToken
        );
    }

    /// <summary>
    /// Pauses a queue: none of its waiting jobs start. Running jobs continue, and new jobs are accepted.
    /// </summary>
    public Task<QueueSettingsReply> PauseAsync(string queue, CancellationToken cancellationToken = default) =>
        PostAsync(PathOf(queue) + ":pause", HeadraceJson.Default.QueueSettingsReply, cancellationToken);

    /// <summary>Resumes a queue that is paused or being drained.</summary>
    public Task<QueueSettingsReply> ResumeAsync(string queue, CancellationToken cancellationToken = default) =>
        PostAsync(PathOf(queue) + ":resume", HeadraceJson.Default.QueueSettingsReply, cancellationToken);

    /// <summary>Drains a queue: it accepts no further jobs, but the jobs already in it still run.</summary>
    public Task<QueueSettingsReply> DrainAsync(string queue, CancellationToken cancellationToken = default) =>
        PostAsync(PathOf(queue) + ":drain", HeadraceJson.Default.QueueSettingsReply, cancellationToken);

    /// <summary>
    /// Cancels ready jobs in a queue. If the reply states that jobs are still ready, repeat the call with that number.
    /// </summary>
    /// <param name="queue">The name of the queue.</param>
    /// <param name="max">The maximum number of jobs to cancel; null for all jobs that are ready now.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<PurgeReply> PurgeAsync(string queue, long? max = null, CancellationToken cancellationToken = default) =>
        PostAsync(
            QueryText.Of(
                PathOf(queue) + ":purge",
                ("max", max?.ToString(System.Globalization.CultureInfo.InvariantCulture))
            ),
            HeadraceJson.Default.PurgeReply,
            cancellationToken
        );

    /// <summary>Deletes an ended job and its result. Its idempotency key can be used again.</summary>
    public Task<DeletedReply> DeleteJobAsync(string id, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        return PostAsync(
            $"v1/jobs/{Uri.EscapeDataString(id)}:delete",
            HeadraceJson.Default.DeletedReply,
            cancellationToken
        );
    }

    /// <summary>
    /// Gets the size of the store, and one page of a list that shows how much space the ended jobs in each queue
    /// occupy.
    /// </summary>
    /// <param name="after">The <c>Next</c> cursor of the previous page; null for the first page.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<StoreUsageReply> GetStoreUsageAsync(
        string? after = null,
        CancellationToken cancellationToken = default
    ) =>
        _transport.GetAsync(
            QueryText.Of("v1/store", ("after", after)),
            HeadraceJson.Default.StoreUsageReply,
            cancellationToken
        );

    private Task<T> PostAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        _transport.SendAsync(() => new HttpRequestMessage(HttpMethod.Post, path), type, cancellationToken);

    private static string PathOf(string queue)
    {
        ArgumentException.ThrowIfNullOrEmpty(queue);
        return $"v1/queues/{Uri.EscapeDataString(queue)}";
    }
}
