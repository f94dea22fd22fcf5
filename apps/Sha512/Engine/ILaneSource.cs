namespace Headrace.Apps.Sha512.Engine;

/// <summary>
/// Where an engine's lanes get their items and where the digests go. Called between two stretches, on the thread that
/// runs the engine.
/// </summary>
internal interface ILaneSource<T>
{
    /// <summary>
    /// The next item for a free lane: its payload, how many hashes in total (the payload once, then the digest), and
    /// what it is to the caller. False when none waits.
    /// </summary>
    bool TryTake(out T item, out ReadOnlyMemory<byte> payload, out long hashes);

    /// <summary>An item has its digest, 64 bytes that are gone after the call.</summary>
    void Ended(T item, ReadOnlySpan<byte> digest);
}
