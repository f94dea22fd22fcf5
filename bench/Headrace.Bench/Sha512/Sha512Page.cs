using System.Globalization;

namespace Headrace.Bench.Sha512;

/// <summary>The tables of <c>bench/run sha512</c>.</summary>
internal sealed class Sha512Page(
    IReadOnlyList<KernelRun> kernels,
    IReadOnlyList<PythonRun> pythons,
    IReadOnlyList<ServiceRun> services
)
{
    public string Tables
    {
        get
        {
            var tables =
                kernels.Count == 0
                    ? ""
                    : MarkdownTable.Of(
                        [
                            "one thread",
                            "64-byte chain",
                            "times .NET",
                            "lone item",
                            "256 KB payloads",
                            "times .NET",
                            "1 to 10,000 hashes",
                            "of the chain",
                            "lanes busy",
                        ],
                        Kernels()
                    );
            if (services.Count > 0)
                tables +=
                    "\n"
                    + MarkdownTable.Of(
                        ["through the service", "jobs", "seconds", "jobs/s", "compressions/s", "bare kernel", "share"],
                        services.Select(Row)
                    );
            return tables;
        }
    }

    public string Text =>
        $"""
            # `bench/run sha512`

            {Paragraph.Wrap($"{MachineDescription.Date}, {MachineDescription.Describe(Path.GetTempPath())}{Load()}")}

            `bench/run sha512 --record` measures these tables again.

            The first table shows rates per second of CPU time of one thread: medians of {Starts} processes with 7
            turns each. In every turn the framework's `SHA512.HashData` does the same work in the same process. "Lone
            item" is a single item in an engine that could take more. Mixed items have 1 to 10,000 hashes, log-uniform.
            "Lanes busy" is the share of the lanes' capacity that they used. The AVX2 row is a process with
            `DOTNET_EnableAVX512=0`.

            The second table shows wall-clock rates: a server with one worker process for each of {Cores} cores, bodies
            of 16 KB, batches of 100 over HTTP, fsync at every commit. Server, workers and the submitting client share
            the cores. The compressions of a job are those of its payload and of its chain. "Bare kernel" is the rate of
            the kernel alone on all cores, measured before and after in the same run.

            {Tables}
            """;

    private string Starts =>
        kernels.Count(run => run.Kernel == kernels[0].Kernel).ToString(CultureInfo.InvariantCulture);

    private static string Cores => Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture);

    /// <summary>Describes the load on the machine. On a busy machine, the second table is not meaningful.</summary>
    private static string Load() =>
        File.Exists("/proc/loadavg")
            ? $"; load average at the end {File.ReadAllText("/proc/loadavg").Split(' ')[0]}"
            : "";

    private IEnumerable<IReadOnlyList<string>> Kernels()
    {
        foreach (var same in kernels.GroupBy(run => run.Kernel))
        {
            var ratios = same.ToList();
            yield return
            [
                same.Key,
                Millions(same.Select(run => run.Chain)),
                Times(ratios.Select(run => run.Chain / run.FrameworkChain)),
                Millions(same.Select(run => run.Lone)),
                Gigabytes(same.Select(run => run.Payload)),
                Times(ratios.Select(run => run.Payload / run.FrameworkPayload)),
                Millions(same.Select(run => run.Mixed)),
                Percent(KernelMeasure.Median(same.Select(run => run.Mixed / run.Chain))),
                Percent(KernelMeasure.Median(same.Select(run => run.LanesBusy))),
            ];
        }
        yield return
        [
            ".NET `SHA512.HashData`",
            Millions(kernels.Select(run => run.FrameworkChain)),
            "1",
            "",
            Gigabytes(kernels.Select(run => run.FrameworkPayload)),
            "1",
            "",
            "",
            "",
        ];
        if (pythons.Count > 0)
            yield return
            [
                "Python `hashlib`",
                Millions(pythons.Select(run => run.Chain)),
                "",
                "",
                Gigabytes(pythons.Select(run => run.Payload)),
                "",
                "",
                "",
                "",
            ];
    }

    private static IReadOnlyList<string> Row(ServiceRun run) =>
        [
            string.Create(CultureInfo.InvariantCulture, $"{run.Iterations:N0} iterations"),
            run.Jobs.ToString("N0", CultureInfo.InvariantCulture),
            run.Seconds.ToString("0.0", CultureInfo.InvariantCulture),
            (run.Jobs / run.Seconds).ToString("N0", CultureInfo.InvariantCulture),
            Millions([run.Compressions]),
            Millions([run.Kernel]),
            Percent(run.Share),
        ];

    private static string Millions(IEnumerable<double> rates) =>
        string.Create(CultureInfo.InvariantCulture, $"{KernelMeasure.Median(rates) / 1e6:0.0} M/s");

    private static string Gigabytes(IEnumerable<double> rates) =>
        string.Create(CultureInfo.InvariantCulture, $"{KernelMeasure.Median(rates) / 1e9:0.00} GB/s");

    private static string Times(IEnumerable<double> ratios) =>
        string.Create(CultureInfo.InvariantCulture, $"{KernelMeasure.Median(ratios):0.0}");

    private static string Percent(double part) => string.Create(CultureInfo.InvariantCulture, $"{part * 100:0.0} %");
}
