using Headrace.Bridges;

namespace Headrace.Server.Bridges;

/// <summary>A bridge as stored in the registry, with the version of its document.</summary>
internal sealed record StoredBridge(BridgeDefinition Definition, BridgeDocument Document, long Version);
