using System.Net.Http.Json;
using System.Security.Cryptography;
using Headrace.Protocol.Json;

namespace Headrace.Client;

/// <summary>
/// Starts, watches and stops changes to many jobs. The server makes these changes in small steps. Get an instance from
/// <see cref="HeadraceClient.Sweeps"/>.
/// </summary>
public sealed class SweepsClient
{
    private readonly RetryingTransport _transport;

    internal SweepsClient(RetryingTransport transport) => _transport = transport;

    /// <summary>Counts the jobs that a change would affect, without changing any of them.</summary>
    /// <param name="action">
    /// The change: <c>cancel</c>, <c>retry</c>, <c>prioritize</c>, <c>move</c> or <c>delete</c>.
    /// </param>
    /// <param name="request">The filter and the change.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The number of jobs that match.</returns>
    public Task<MatchReply> CountAsync(
        string action,
        SweepRequest request,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        var dryRun = request with { DryRun = true };
        return _transport.SendAsync(
            () => Post(action, dryRun),
            (response, body) => _transport.Read(response, body, HeadraceJson.Default.MatchReply),
            submits: false,
            cancellationToken
        );
    }

    /// <summary>
    /// Starts a change to the jobs that exist now and match a filter. Repeating a call whose reply was lost does not
    /// start a second change, because both calls use the idempotency key of the request, or one that the client
    /// generates.
    /// </summary>
    /// <param name="action">
    /// The change: <c>cancel</c>, <c>retry</c>, <c>prioritize</c>, <c>move</c> or <c>delete</c>.
    /// </param>
    /// <param name="request">The filter and the change.</param>
    /// <param name="cancellationToken">Cancels the call, not the change.</param>
    /// <returns>The sweep, which has just begun.</returns>
    public Task<SweepReply> StartAsync(
        string action,
        SweepRequest request,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        var key = request.IdempotencyKey ?? RandomNumberGenerator.GetHexString(32, lowercase: true);
        return _transport.SendAsync(
            () => Post(action, request, key),
            (response, body) => _transport.Read(response, body, HeadraceJson.Default.SweepReply),
            submits: false,
            cancellationToken
        );
    }

    /// <summary>Lists the running sweeps and the latest ended ones, newest first.</summary>
    public Task<IReadOnlyList<SweepReply>> ListAsync(CancellationToken cancellationToken = default) =>
        _transport.GetAsync("v1/sweeps", HeadraceJson.Default.IReadOnlyListSweepReply, cancellationToken);

    /// <summary>Gets a sweep and its progress.</summary>
    public Task<SweepReply> GetAsync(string id, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(PathOf(id), HeadraceJson.Default.SweepReply, cancellationToken);

    /// <summary>Stops a sweep. The jobs that it has already changed remain changed.</summary>
    /// <param name="id">The number of the sweep.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The sweep.</returns>
    public Task<SweepReply> StopAsync(string id, CancellationToken cancellationToken = default) =>
        _transport.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Post, PathOf(id) + ":stop"),
            (response, body) => _transport.Read(response, body, HeadraceJson.Default.SweepReply),
            submits: false,
            cancellationToken
        );

    private static HttpRequestMessage Post(string action, SweepRequest request, string? key = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(action);
        return new HttpRequestMessage(HttpMethod.Post, $"v1/jobs:{Uri.EscapeDataString(action)}")
        {
            Content = JsonContent.Create(request with { IdempotencyKey = key }, HeadraceJson.Default.SweepRequest),
        };
    }

    private static string PathOf(string id)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        return $"v1/sweeps/{Uri.EscapeDataString(id)}";
    }
}
