using System.Globalization;
using System.Security.Cryptography;
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
    public static Hashing For(TimeSpan time)
    {
        var began = TimeProvider.System.GetTimestamp();
        Span<byte> digest = stackalloc byte[SHA512.HashSizeInBytes];
        Span<byte> next = stackalloc byte[SHA512.HashSizeInBytes];
        SHA512.HashData(Body, digest);
        var done = 1;
        for (; done % 1_000 != 0 || TimeProvider.System.GetElapsedTime(began) < time; done++)
        {
            SHA512.HashData(digest, next);
            next.CopyTo(digest);
        }
        return new Hashing(done, Convert.ToHexStringLower(digest));
    }
}
