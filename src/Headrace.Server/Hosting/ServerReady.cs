namespace Headrace.Server.Hosting;

/// <summary>Information about a server that has loaded its store and is listening.</summary>
/// <param name="Url">The loopback address.</param>
/// <param name="Socket">The Unix socket of the same server.</param>
/// <param name="Data">The data folder.</param>
/// <param name="PoolJoined">
/// Completes when every local worker has joined with its methods. If a worker does not join, the log and <c>/readyz</c>
/// show the reason.
/// </param>
internal sealed record ServerReady(string Url, string Socket, string Data, Task PoolJoined)
{
    /// <summary>The admin key; null if the key file is in the folder of another server on the same store.</summary>
    public string? Key { get; init; }

    /// <summary>The address specified by <c>--listen</c>; null if none is specified.</summary>
    public string? NetworkUrl { get; init; }

    /// <summary>Omits the key. The record's generated ToString method would include it.</summary>
    public override string ToString() => Url;
}
