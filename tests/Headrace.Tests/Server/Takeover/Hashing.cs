using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Headrace.Apps.Sha512.Engine;
using Headrace.Client;

namespace Headrace.Tests.Server.Takeover;

/// <summary>A job of <c>sha512</c> that takes about so long on this machine as it is now, with the digest it must give.</summary>
internal sealed record Hashing(int Iterations, string Digest)
{
    private static readonly byte[] Body = "What the job is given."u8.ToArray();

    /// <summary>As short as a job can be.</summary>
    public static Hashing Once { get; } = new(1, Convert.ToHexStringLower(SHA512.HashData(Body)));

    public Submission Job(string? key = null) => new("sha512")
    {
        Arguments = new Dictionary<string, string> { ["iterations"] = Iterations.ToString(CultureInfo.InvariantCulture) },
        Body = Body,
        ContentType = "application/octet-stream",
        IdempotencyKey = key,
    };

    /// <summary>Does the work itself for that long, and so knows the digest.</summary>
    public static unsafe Hashing For(TimeSpan time)
    {
        var began = TimeProvider.System.GetTimestamp();
        // One item alone in the engine, as it will be there: the framework would be two to three times as slow.
        using var memory = new LaneMemory();
        var first = SHA512.HashData(Body);
        for (var word = 0; word < 8; word++) memory.State[word * LaneMemory.RowWords] = BinaryPrimitives.ReadUInt64BigEndian(first.AsSpan(8 * word));
        var done = 1;
        for (; done == 1 || TimeProvider.System.GetElapsedTime(began) < time; done += 1_000) Kernel.Best.Chain(memory, lanes: 1, times: 1_000);
        var digest = new byte[SHA512.HashSizeInBytes];
        for (var word = 0; word < 8; word++) BinaryPrimitives.WriteUInt64BigEndian(digest.AsSpan(8 * word), memory.State[word * LaneMemory.RowWords]);
        return new Hashing(done, Convert.ToHexStringLower(digest));
    }
}
