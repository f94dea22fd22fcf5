using Headrace.Bridges;

namespace Headrace.Server.Bridges;

/// <summary>A bridge as the registry has it.</summary>
internal sealed record StoredBridge(BridgeDefinition Definition, BridgeDocument Document, long Version);
