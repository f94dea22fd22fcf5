using System.Net.Http.Json;
using Headrace.Protocol.Json;

namespace Headrace.Client;

/// <summary>
/// Manages bridges, which connect the server's queues to message brokers; get an instance from
/// <see cref="HeadraceClient.Bridges"/>.
/// </summary>
/// <remarks>
/// Calls that create or remove a bridge require the admin role, because the server then connects to an address that the
/// caller specifies. Calls that pause or resume a bridge require the operator role.
/// </remarks>
public sealed class BridgesClient
{
    private readonly RetryingTransport _transport;

    internal BridgesClient(RetryingTransport transport) => _transport = transport;

    /// <summary>Gets the bridges, ordered by name.</summary>
    public Task<IReadOnlyList<BridgeReply>> ListAsync(CancellationToken cancellationToken = default) =>
        _transport.GetAsync("v1/bridges", HeadraceJson.Default.IReadOnlyListBridgeReply, cancellationToken);

    /// <summary>Gets a bridge and its state.</summary>
    public Task<BridgeReply> GetAsync(string bridge, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(PathOf(bridge), HeadraceJson.Default.BridgeReply, cancellationToken);

    /// <summary>Creates or replaces a bridge. It starts at once.</summary>
    /// <param name="bridge">The name of the bridge.</param>
    /// <param name="request">The settings of the bridge.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<BridgeReply> SetAsync(
        string bridge,
        BridgeRequest request,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        return _transport.SendAsync(
            () =>
                new HttpRequestMessage(HttpMethod.Put, PathOf(bridge))
                {
                    Content = JsonContent.Create(request, HeadraceJson.Default.BridgeRequest),
                },
            HeadraceJson.Default.BridgeReply,
            cancellationToken
        );
    }

    /// <summary>
    /// Stops a bridge until it is resumed. In the meantime, messages wait in the broker, and results wait in the queue.
    /// </summary>
    public Task<BridgeReply> PauseAsync(string bridge, CancellationToken cancellationToken = default) =>
        PostAsync(PathOf(bridge) + ":pause", cancellationToken);

    /// <summary>Starts a bridge that was paused.</summary>
    public Task<BridgeReply> ResumeAsync(string bridge, CancellationToken cancellationToken = default) =>
        PostAsync(PathOf(bridge) + ":resume", cancellationToken);

    /// <summary>
    /// Removes a bridge. The server keeps its jobs, but no longer publishes their results. Messages that the bridge has
    /// taken but not submitted return to their list or queue.
    /// </summary>
    /// <param name="bridge">The name of the bridge.</param>
    /// <param name="force">True to remove the bridge even if its messages cannot be returned.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task RemoveAsync(string bridge, bool force = false, CancellationToken cancellationToken = default) =>
        _transport.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Delete, PathOf(bridge) + (force ? "?force=true" : "")),
            (_, _) => true,
            submits: false,
            cancellationToken
        );

    private Task<BridgeReply> PostAsync(string path, CancellationToken cancellationToken) =>
        _transport.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Post, path),
            HeadraceJson.Default.BridgeReply,
            cancellationToken
        );

    private static string PathOf(string bridge)
    {
        ArgumentException.ThrowIfNullOrEmpty(bridge);
        return $"v1/bridges/{Uri.EscapeDataString(bridge)}";
    }
}
