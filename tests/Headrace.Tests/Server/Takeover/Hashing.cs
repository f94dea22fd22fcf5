using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Headrace.Apps.Sha512.Engine;
using Headrace.Client;

namespace Headrace.Tests.Server.Takeover;

/// <summary>
/// A <c>sha512</c> job and its expected digest. Use <see cref="For"/> to create a job that takes about a given time on
/// this machine under its current load.
/// </summary>
internal sealed record Hashing(int Iterations, string Digest)
{
    private static readonly byte[] Body = "The input of the job."u8.ToArray();

    /// <summary>The shortest possible job.</summary>
    public static Hashing Once { get; } = new(1, Convert.ToHexStringLower(SHA512.HashData(Body)));

    public JobRequest Job(string? key = null) =>
        new("sha512")
        {
            Arguments = new Dictionary<string, string>
            {
                ["iterations"] = Iterations.ToString(CultureInfo.InvariantCulture),
            },
            Body = Body,
            ContentType = "application/octet-stream",
            IdempotencyKey = key,
        };

    /// <summary>
    /// Creates a job by hashing here until the given CPU time has been used. No worker can finish the job in less
    /// time, however busy the machine is.
    /// </summary>
    public static unsafe Hashing For(TimeSpan time)
    {
        var began = ThreadTime();
        // Uses the engine with a single item, as the worker does. The framework's implementation would be two to three
        // times as slow.
        using var memory = new LaneMemory();
        var first = SHA512.HashData(Body);
        for (var word = 0; word < 8; word++)
            memory.State[word * LaneMemory.RowWords] = BinaryPrimitives.ReadUInt64BigEndian(first.AsSpan(8 * word));
        var done = 1;
        for (; done == 1 || ThreadTime() - began < time; done += 10_000)
            Kernel.Best.Chain(memory, lanes: 1, times: 10_000);
        var digest = new byte[SHA512.HashSizeInBytes];
        for (var word = 0; word < 8; word++)
            BinaryPrimitives.WriteUInt64BigEndian(digest.AsSpan(8 * word), memory.State[word * LaneMemory.RowWords]);
        return new Hashing(done, Convert.ToHexStringLower(digest));
    }

    /// <summary>The CPU time used by this thread.</summary>
    private static TimeSpan ThreadTime() =>
        TimeSpan.FromMicroseconds(
            long.Parse(File.ReadAllText("/proc/thread-self/schedstat").Split(' ')[0], CultureInfo.InvariantCulture)
                / 1_000.0
        );
}
