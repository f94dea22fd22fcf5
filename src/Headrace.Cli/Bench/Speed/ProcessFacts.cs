using System.Globalization;

namespace Headrace.Cli.Bench.Speed;

/// <summary>What the kernel says of a process.</summary>
internal static class ProcessFacts
{
    /// <summary>The kernel's clock tick, in which it tells processor time: 1/100 s on every Linux we run on.</summary>
    private const double MicrosPerTick = 10_000;

    /// <summary>Processor time in user and kernel, in microseconds; in steps of 10 ms.</summary>
    public static double ProcessorMicros(int process)
    {
        var line = File.ReadAllText($"/proc/{process}/stat");
        // The name, in parentheses, may hold spaces; user and system time are fields 14 and 15 of all.
        var fields = line[(line.LastIndexOf(')') + 2)..].Split(' ');
        return (
                long.Parse(fields[11], CultureInfo.InvariantCulture)
                + long.Parse(fields[12], CultureInfo.InvariantCulture)
            ) * MicrosPerTick;
    }

    /// <summary>Resident memory in bytes, where a page that several processes share counts a part for each.</summary>
    public static long Resident(int process)
    {
        const string Name = "Pss:";
        var line = File.ReadLines($"/proc/{process}/smaps_rollup")
            .First(fact => fact.StartsWith(Name, StringComparison.Ordinal));
        return 1024
            * long.Parse(
                line[Name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(),
                CultureInfo.InvariantCulture
            );
    }
}
