using System.Security.Cryptography;
using Headrace.Apps.Sha512.Engine;
using Headrace.Worker.Exchange;

namespace Headrace.Bench.Sha512;

/// <summary>
/// Measures the kernel, the engine and the framework alternately in this process, so that other load on the machine
/// affects all three.
/// </summary>
internal static class KernelMeasure
{
    private const int Turns = 7;
    private const int PayloadBytes = 256 << 10;

    public static KernelRun Run()
    {
        var kernel = Kernel.Best;
        var (chain, lone, frameworkChain, payload, frameworkPayload, mixed) = (
            new double[Turns],
            new double[Turns],
            new double[Turns],
            new double[Turns],
            new double[Turns],
            new double[Turns]
        );
        var busy = 0.0;
        for (var turn = 0; turn < Turns; turn++)
        {
            chain[turn] = Chain(kernel);
            frameworkChain[turn] = FrameworkChain();
            lone[turn] = Engine(kernel, [new HashWork(64, 200_000)], out _);
            payload[turn] =
                Engine(kernel, [.. Enumerable.Repeat(new HashWork(PayloadBytes, 1), 10 * kernel.Lanes)], out _) * 128;
            frameworkPayload[turn] = FrameworkPayload();
            mixed[turn] = Engine(kernel, HashWork.Mixed(4_000), out busy);
        }
        return new KernelRun(
            kernel.Description,
            Median(chain),
            Median(lone),
            Median(frameworkChain),
            Median(payload),
            Median(frameworkPayload),
            Median(mixed),
            busy
        );
    }

    /// <summary>Hashes per second of wall-clock time when all cores are in use.</summary>
    public static double AllCores(TimeSpan length)
    {
        var began = TimeProvider.System.GetTimestamp();
        var hashes = 0L;
        var threads = Enumerable
            .Range(0, Environment.ProcessorCount)
            .Select(_ => new Thread(() =>
            {
                var kernel = Kernel.Best;
                using var memory = new LaneMemory();
                for (
                    ;
                    TimeProvider.System.GetElapsedTime(began) < length;
                    Interlocked.Add(ref hashes, (long)kernel.Lanes * kernel.StepsOfSlice)
                )
                    kernel.Chain(memory, kernel.Lanes, kernel.StepsOfSlice);
            }))
            .ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return hashes / TimeProvider.System.GetElapsedTime(began).TotalSeconds;
    }

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    private static double Chain(Kernel kernel)
    {
        using var memory = new LaneMemory();
        var times = 4 * kernel.StepsOfSlice;
        return Rate((double)kernel.Lanes * times, () => kernel.Chain(memory, kernel.Lanes, times));
    }

    private static double FrameworkChain()
    {
        var (digest, next) = (new byte[SHA512.HashSizeInBytes], new byte[SHA512.HashSizeInBytes]);
        const int Times = 50_000;
        return Rate(
            Times,
            () =>
            {
                for (var i = 0; i < Times; i++)
                {
                    SHA512.HashData(digest, next);
                    (digest, next) = (next, digest);
                }
            }
        );
    }

    private static double FrameworkPayload()
    {
        var payload = new byte[PayloadBytes];
        var digest = new byte[SHA512.HashSizeInBytes];
        const int Times = 100;
        return Rate(
            (double)Times * PayloadBytes,
            () =>
            {
                for (var i = 0; i < Times; i++)
                    SHA512.HashData(payload, digest);
            }
        );
    }

    private static double Engine(Kernel kernel, IReadOnlyList<HashWork> pieces, out double busy)
    {
        using var engine = new HashEngine<HashWork>(kernel);
        var source = new HashWorkSource(pieces);
        var rate =
            Rate(
                1,
                () =>
                {
                    do engine.Run(source);
                    while (engine.Live > 0);
                }
            ) * engine.Used;
        busy = (double)engine.Used / engine.Room;
        return rate;
    }

    /// <summary>Returns the amount of work per second of this thread's CPU time.</summary>
    private static double Rate(double work, Action run)
    {
        var before = BootClock.ThreadNanoseconds();
        run();
        return work * 1e9 / (BootClock.ThreadNanoseconds() - before);
    }
}

/// <summary>
/// The figures of one process on one thread. Rates are 64-byte hashes or payload bytes per second of CPU time.
/// </summary>
/// <param name="Kernel">The kernel that the engine uses.</param>
/// <param name="Chain">The rate of the kernel with every lane in use.</param>
/// <param name="Lone">The rate of the engine with a single item.</param>
/// <param name="FrameworkChain">The rate of <c>SHA512.HashData</c> for the same work.</param>
/// <param name="Payload">The rate of the engine with payloads of 256 KB, in bytes.</param>
/// <param name="FrameworkPayload">The rate of <c>SHA512.HashData</c> with the same payloads.</param>
/// <param name="Mixed">
/// The rate of the engine, in compressions, with items of 64 bytes and 1 to 10,000 hashes (log-uniform).
/// </param>
/// <param name="LanesBusy">The share of the lanes' capacity that these mixed items used.</param>
internal sealed record KernelRun(
    string Kernel,
    double Chain,
    double Lone,
    double FrameworkChain,
    double Payload,
    double FrameworkPayload,
    double Mixed,
    double LanesBusy
);
