namespace Headrace.Server.Bridges;

/// <summary>The server to which the bridges in this process connect.</summary>
/// <param name="Store">The identity of the store.</param>
/// <param name="Reach">Returns the current address of the server.</param>
internal sealed record BridgeServer(string Store, Func<string> Reach);
