using Headrace.Apps.Sha512.Engine;

namespace Headrace.Bench.Sha512;

/// <summary>A work item for the engine: the payload size in bytes and the number of hashes.</summary>
internal sealed record HashWork(int Bytes, long Hashes)
{
    /// <summary>Creates items with 1 to 10,000 hashes (log-uniform). Every run gets the same items.</summary>
    public static IReadOnlyList<HashWork> Mixed(int count)
    {
        var random = new Random(1);
        return
        [
            .. Enumerable
                .Range(0, count)
                .Select(_ => new HashWork(64, (long)Math.Exp(random.NextDouble() * Math.Log(10_000)))),
        ];
    }
}

/// <summary>Supplies items one after another and discards their digests.</summary>
internal sealed class HashWorkSource(IReadOnlyList<HashWork> pieces) : ILaneSource<HashWork>
{
    private readonly byte[] _bytes = new byte[pieces.Max(hashWork => hashWork.Bytes)];
    private int _next;

    public bool TryTake(out HashWork item, out ReadOnlyMemory<byte> payload, out long hashes)
    {
        var any = _next < pieces.Count;
        item = any ? pieces[_next++] : pieces[0];
        (payload, hashes) = (_bytes.AsMemory(0, item.Bytes), item.Hashes);
        return any;
    }

    public void Ended(HashWork item, ReadOnlySpan<byte> digest) { }
}
