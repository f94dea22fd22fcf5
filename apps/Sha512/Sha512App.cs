using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using Headrace.Worker;

namespace Headrace.Apps.Sha512;

/// <summary>
/// The method <c>sha512</c>: the body is hashed, then the 64-byte digest again and again, <c>iterations</c> hashes in total. The result is the last digest, 128 lower-case hexadecimal digits.
/// </summary>
public static class Sha512App
{
    // About 2 ms of hashing at 0.5 µs a 64-byte digest: often enough to heed a cancellation, too rare to cost.
    private const int HashesBetweenLooks = 4_096;

    /// <summary>Offers the method.</summary>
    public static MappedMethod Map(HeadraceApp app)
    {
        ArgumentNullException.ThrowIfNull(app);
        return app.MapMethod(
            "sha512",
            (ReadOnlyMemory<byte> body, IJob job, CancellationToken stop, [Range(1, 1_000_000_000), Description("Hashes in total: the body once, then the digest.")] int iterations = 1) =>
                Hash(body.Span, iterations, job, stop))
            // Hashing cannot harm its process: a worker that dies under it was killed by something else.
            .MaxKills(0);
    }

    private static string Hash(ReadOnlySpan<byte> body, int iterations, IJob job, CancellationToken stop)
    {
        Span<byte> digest = stackalloc byte[SHA512.HashSizeInBytes];
        Span<byte> next = stackalloc byte[SHA512.HashSizeInBytes];
        SHA512.HashData(body, digest);
        for (var done = 1; done < iterations;)
        {
            stop.ThrowIfCancellationRequested();
            job.Progress((double)done / iterations);
            for (var until = Math.Min(iterations, done + HashesBetweenLooks); done < until; done++)
            {
                SHA512.HashData(digest, next);
                next.CopyTo(digest);
            }
        }
        return Convert.ToHexStringLower(digest);
    }
}
