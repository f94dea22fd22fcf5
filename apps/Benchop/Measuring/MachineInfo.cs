using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Headrace.Protocol.Json;

namespace Headrace.Apps.Benchop.Measuring;

/// <summary>The machine and the program on which a cell was measured.</summary>
/// <param name="Processor">The processor model, as reported by the kernel.</param>
/// <param name="Cores">The number of processors that the process may use.</param>
/// <param name="Version">
/// The version of the pricing methods; null for an Octave function. The run states the version of each method.
/// </param>
internal sealed record MachineInfo(string Processor, int Cores, string System, string Runtime, string? Version)
{
    /// <summary>The version of this program.</summary>
    public static readonly string ProgramVersion =
        typeof(MachineInfo)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion.Split('+')[0]
        ?? "unknown";

    private static readonly MachineInfo Current = new(
        ReadProcessor(),
        Environment.ProcessorCount,
        RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription,
        ProgramVersion
    );

    /// <summary>
    /// The average number of threads that were running or waiting for a processor during the minute before the
    /// measurement began. Null if the kernel does not report it.
    /// </summary>
    public double? LoadAverage { get; init; }

    public static MachineInfo Read() => Current with { LoadAverage = ReadLoad() };

    /// <summary>Describes the machine without its load.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Processor}, {Cores} {(Cores == 1 ? "core" : "cores")}, {Runtime}"
        ) + (Version is null ? "" : $", version {Version}");

    private static string ReadProcessor()
    {
        var line = ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal));
        return line?.Split(':', 2)[^1].Trim() is { Length: > 0 } name
            ? name
            : RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static double? ReadLoad() =>
        ReadLines("/proc/loadavg").FirstOrDefault()?.Split(' ')[0] is { } first
        && NumberText.TryParse(first, out var load)
            ? load
            : null;

    private static string[] ReadLines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
