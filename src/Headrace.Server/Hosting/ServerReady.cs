namespace Headrace.Server.Hosting;

/// <summary>A server that listens and has loaded its store.</summary>
/// <param name="Url">The loopback address.</param>
/// <param name="Socket">The Unix socket of the same server.</param>
/// <param name="Data">The data folder.</param>
/// <param name="Key">The admin's key.</param>
/// <param name="PoolJoined">
/// Ends when every local worker has joined with its methods; what keeps one from it is in the log and in
/// <c>/readyz</c>.
/// </param>
internal sealed record ServerReady(string Url, string Socket, string Data, string Key, Task PoolJoined);
