using System.Diagnostics;
using System.Globalization;

namespace Headrace.Bench.Sha512;

/// <summary>
/// The performance of Python's <c>hashlib</c> on the same work. Both rates are measured per second of CPU time.
/// </summary>
/// <param name="Chain">The rate in 64-byte hashes.</param>
/// <param name="Payload">The rate in bytes, with payloads of 256 KB.</param>
internal sealed record PythonRun(double Chain, double Payload)
{
    private const string Program = """
        import hashlib, time
        def rate(work, run):
            before = time.thread_time(); run(); return work / (time.thread_time() - before)
        def chain():
            sha, digest = hashlib.sha512, bytes(64)
            for _ in range(200000): digest = sha(digest).digest()
        payload = bytes(256 << 10)
        def payloads():
            for _ in range(100): hashlib.sha512(payload).digest()
        def median(work, run):
            return sorted(rate(work, run) for _ in range(5))[2]
        print(median(200000, chain), median(100 * len(payload), payloads))
        """;

    /// <summary>Returns null if Python is not installed.</summary>
    public static async Task<PythonRun?> MeasureAsync(CancellationToken stop)
    {
        try
        {
            using var python = Process.Start(
                new ProcessStartInfo("python3", ["-c", Program]) { RedirectStandardOutput = true }
            )!;
            var figures = (await python.StandardOutput.ReadToEndAsync(stop)).Split(' ');
            await python.WaitForExitAsync(stop);
            return figures is [var chain, var payload]
                ? new PythonRun(
                    double.Parse(chain, CultureInfo.InvariantCulture),
                    double.Parse(payload, CultureInfo.InvariantCulture)
                )
                : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // python3 is not on the path, so the table contains no row for it.
            return null;
        }
    }
}
