using System.Globalization;
using System.Runtime;
using System.Runtime.InteropServices;

namespace Headrace.Cli.Bench.Speed;

/// <summary>
/// What the runtime of a measured process knows of itself. A process that runs under a measurement finds a folder in
/// its environment, and at SIGUSR1 writes its gauges there: no route,
/// no port and no thread of the product is needed for it, and a process that is not measured has none of it.
/// </summary>
internal sealed record Gauges(long Allocated, int Collections, bool ServerGc)
{
    public const string Folder = "HEADRACE_BENCH_GAUGES";

    public const int Signal = 10; // SIGUSR1 on Linux, where the benchmarks run

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(1);

    /// <summary>Listens for the signal; null in a process that nobody measures.</summary>
    public static IDisposable? OfThisProcess()
    {
        if (Environment.GetEnvironmentVariable(Folder) is not { Length: > 0 } folder)
            return null;
        return PosixSignalRegistration.Create(
            (PosixSignal)Signal,
            signal =>
            {
                // Else the signal would do what it does to a process that does not listen: end it.
                signal.Cancel = true;
                Write(Place(folder, Environment.ProcessId));
            }
        );
    }

    /// <summary>Asks a process for its gauges.</summary>
    public static async Task<Gauges> OfAsync(string folder, int process, CancellationToken stop)
    {
        var place = Place(folder, process);
        File.Delete(place);
        Server.Machine.Unix.Signal(process, Signal);
        var began = TimeProvider.System.GetTimestamp();
        while (!File.Exists(place))
        {
            if (TimeProvider.System.GetElapsedTime(began) > Limit)
                throw new TimeoutException($"Process {process} has not told its gauges within {Limit.TotalSeconds} s.");
            await Task.Delay(LookAgain, stop);
        }
        var words = (await File.ReadAllTextAsync(place, stop)).Split(' ');
        return new Gauges(
            long.Parse(words[0], CultureInfo.InvariantCulture),
            int.Parse(words[1], CultureInfo.InvariantCulture),
            words[2] == "server"
        );
    }

    private static void Write(string place)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{GC.GetTotalAllocatedBytes(precise: true)} {GC.CollectionCount(0)} {(GCSettings.IsServerGC ? "server" : "workstation")}"
        );
        File.WriteAllText(place + ".new", text);
        File.Move(place + ".new", place, overwrite: true);
    }

    private static string Place(string folder, int process) =>
        Path.Combine(folder, process.ToString(CultureInfo.InvariantCulture));
}
