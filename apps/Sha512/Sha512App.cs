using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Headrace.Apps.Sha512.Engine;
using Headrace.Worker;

namespace Headrace.Apps.Sha512;

/// <summary>
/// The method <c>sha512</c>: the body is hashed, then the 64-byte digest again and again, <c>iterations</c> hashes in
/// total. The result is the last digest, 128 lower-case hexadecimal digits.
/// Many jobs are hashed at once, in the lanes of <see cref="HashEngine{T}"/>.
/// </summary>
public static class Sha512App
{
    /// <summary>Offers the method.</summary>
    public static MappedMethod Map(HeadraceApp app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var kernel = Kernel.Best;
        return app.MapStream<Chain>(
                "sha512",
                kernel.Lanes,
                (
                    ReadOnlyMemory<byte> body,
                    [Range(1, 1_000_000_000), Description("Hashes in total: the body once, then the digest.")]
                        int iterations = 1
                ) => new Chain(body, iterations),
                jobs => new HashStream(jobs, kernel).RunAsync()
            )
            // No limit and no suspicion: hashing cannot harm its process, so a worker that dies under it was killed by
            // something else.
            .MaxKills(0)
            .RunsOn(kernel.Words);
    }
}
