using System.Security.Cryptography;
using Headrace.Apps.Sha512.Engine;

namespace Headrace.Tests.Apps.Hashing;

/// <summary>An item to hash, with the digest that the framework's SHA512 computes for it.</summary>
internal sealed record Item(int Number, byte[] Payload, long Hashes)
{
    public byte[] Expected()
    {
        var digest = SHA512.HashData(Payload);
        var next = new byte[digest.Length];
        for (var done = 1L; done < Hashes; done++)
        {
            SHA512.HashData(digest, next);
            (digest, next) = (next, digest);
        }
        return digest;
    }

    /// <summary>
    /// Creates an item whose length and hash count are spread evenly over the orders of magnitude. Most items are
    /// therefore short, and a few are very long.
    /// </summary>
    public static Item Random(Random random, int number, int maxBytes = 300_000, int maxHashes = 2_000)
    {
        var payload = new byte[(int)Math.Exp(random.NextDouble() * Math.Log(maxBytes + 1)) - 1];
        random.NextBytes(payload);
        return new Item(number, payload, (long)Math.Exp(random.NextDouble() * Math.Log(maxHashes + 0.5)));
    }
}

/// <summary>Supplies items in order, up to the number released, and collects the digests.</summary>
internal sealed class ItemSource : ILaneSource<Item>
{
    public Queue<Item> Waiting { get; } = [];

    public Dictionary<int, byte[]> Digests { get; } = [];

    public bool TryTake(out Item item, out ReadOnlyMemory<byte> payload, out long hashes)
    {
        (payload, hashes) = (default, 0);
        if (!Waiting.TryDequeue(out item!))
            return false;
        (payload, hashes) = (item.Payload, item.Hashes);
        return true;
    }

    // Dictionary.Add throws if the same item ends twice.
    public void Ended(Item item, ReadOnlySpan<byte> digest) => Digests.Add(item.Number, digest.ToArray());

    public void RunAll(HashEngine<Item> engine)
    {
        do engine.Run(this);
        while (engine.Live > 0 || Waiting.Count > 0);
    }
}
