namespace Headrace.Apps.Sha512;

/// <summary>What one job asks for: the hash of the body, of that digest, and so on, so many in total.</summary>
internal sealed record Chain(ReadOnlyMemory<byte> Body, long Hashes);
