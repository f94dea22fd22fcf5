namespace Headrace.Server.Hosting;

/// <summary>Describes a server that is listening and has loaded its store.</summary>
/// <param name="Url">The loopback address.</param>
/// <param name="Socket">The Unix socket of the same server.</param>
/// <param name="Data">The data folder.</param>
/// <param name="PoolJoined">
/// Completes when every local worker has joined with its methods. The log and <c>/readyz</c> show why a worker has not
/// joined.
/// </param>
internal sealed record ServerReady(string Url, string Socket, string Data, Task PoolJoined)
{
    /// <summary>The admin key; null if another server on the same store keeps the file of the key.</summary>
    public string? Key { get; init; }

    /// <summary>The address of <c>--listen</c>; null if there is none.</summary>
    public string? NetworkUrl { get; init; }

    /// <summary>Omits the key, which the ToString method generated for a record would include.</summary>
    public override string ToString() => Url;
}
