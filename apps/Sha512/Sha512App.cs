using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Headrace.Apps.Sha512.Engine;
using Headrace.Worker;

namespace Headrace.Apps.Sha512;

/// <summary>
/// The method <c>sha512</c>: hashes the body, then the 64-byte digest repeatedly. The parameter <c>iterations</c> is
/// the total number of hashes. The result is the last digest, as 128 lower-case hexadecimal digits. The lanes of
/// <see cref="HashEngine{T}"/> hash many jobs at once.
/// </summary>
public static class Sha512App
{
    /// <summary>Registers the method with the worker.</summary>
    public static MethodBuilder Map(HeadraceWorker app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var kernel = Kernel.Best;
        return app.MapStream<Chain>(
                "sha512",
                kernel.Lanes,
                (
                    ReadOnlyMemory<byte> body,
                    [
                        Range(1, 1_000_000_000),
                        Description(
                            "Total number of hashes. The first hashes the body, and each later one hashes the previous "
                                + "digest."
                        )
                    ]
                        int iterations = 1
                ) => new Chain(body, iterations),
                jobs => new HashStream(jobs, kernel).RunAsync()
            )
            // Poison detection is disabled, because hashing cannot crash the worker process. If the process crashes
            // during a hash, the cause must be elsewhere.
            .MaxWorkerCrashes(0)
            .RuntimeInfo(kernel.Description);
    }
}
