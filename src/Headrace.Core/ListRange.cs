namespace Headrace.Core;

/// <summary>
/// The part of a list that one command returns: the entries after the one with this name, or the first entries if the
/// name is null. The named entry need not exist. A list may have any number of entries, so no command returns all of it
/// (R3).
/// </summary>
internal readonly record struct ListRange(string? After)
{
    /// <summary>
    /// Maximum number of entries in one response. With 100 workers, listing 200 methods takes about 1 ms, because the
    /// runtime descriptions of all workers are collected for each method.
    /// </summary>
    public const int MaxEntries = 200;

    /// <summary>Number of counters after which a response that lists queues ends.</summary>
    public const int MaxCounts = 2_000;
}
