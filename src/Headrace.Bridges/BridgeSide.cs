namespace Headrace.Bridges;

/// <summary>A side of a bridge. Each has a connection of its own, so that one can work while the other fails.</summary>
internal enum BridgeSide
{
    /// <summary>Messages become jobs.</summary>
    Source,

    /// <summary>Results become messages.</summary>
    Target,
}
