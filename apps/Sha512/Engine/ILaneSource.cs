namespace Headrace.Apps.Sha512.Engine;

/// <summary>
/// The source of an engine's items and the destination of their digests. Called between two stretches on the thread
/// that runs the engine.
/// </summary>
internal interface ILaneSource<T>
{
    /// <summary>
    /// Takes the next item for a free lane: the caller's item, its payload, and the total number of hashes (the payload
    /// once, then the digest). Returns false when no item is waiting.
    /// </summary>
    bool TryTake(out T item, out ReadOnlyMemory<byte> payload, out long hashes);

    /// <summary>Receives the digest of a finished item: 64 bytes, valid only during the call.</summary>
    void Ended(T item, ReadOnlySpan<byte> digest);
}
