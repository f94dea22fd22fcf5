namespace Headrace.Server.Bridges;

/// <summary>How bridges reach the server that runs them.</summary>
/// <param name="Store">The identity of the store.</param>
/// <param name="Reach">Returns the address for a bridge that connects now.</param>
internal sealed record BridgeServer(string Store, Func<string> Reach);
