namespace Headrace.Bridges;

/// <summary>
/// A side of a bridge. Each side has its own connection, so one side can keep working while the other fails.
/// </summary>
internal enum BridgeSide
{
    /// <summary>Messages become jobs.</summary>
    Source,

    /// <summary>Results become messages.</summary>
    Target,
}
