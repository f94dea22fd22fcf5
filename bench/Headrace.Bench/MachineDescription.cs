using System.Globalization;
using System.Runtime.InteropServices;

namespace Headrace.Bench;

/// <summary>
/// Describes the machine on which a measurement runs. Every published table includes this description.
/// </summary>
internal static class MachineDescription
{
    public static string Describe(string folder)
    {
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Processor()}, {Environment.ProcessorCount} cores, {memory:0} GB; {RuntimeInformation.OSDescription}; "
                + $".NET {Environment.Version}; store on {new DriveInfo(folder).DriveFormat}"
        );
    }

    public static string Date =>
        TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    private static string Processor()
    {
        const string Facts = "/proc/cpuinfo";
        var line = File.Exists(Facts)
            ? File.ReadLines(Facts).FirstOrDefault(fact => fact.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
            ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
