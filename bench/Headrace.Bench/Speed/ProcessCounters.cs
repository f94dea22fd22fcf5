using System.Globalization;
using System.Runtime;
using System.Runtime.InteropServices;

namespace Headrace.Bench.Speed;

/// <summary>
/// Runtime gauges of a measured process. The measurement starts the process with this assembly as a startup hook and
/// with a folder in an environment variable. On SIGUSR1, the process writes its gauges to that folder. The process
/// needs no additional route, port or thread, and the product contains no code for this purpose.
/// </summary>
internal sealed record ProcessCounters(long Allocated, int Collections, bool ServerGc)
{
    private const string Folder = "HEADRACE_BENCH_GAUGES";
    private const string Server = "server";
    private const string StartupHooks = "DOTNET_STARTUP_HOOKS";

    private const int Signal = 10; // SIGUSR1 on Linux, where the benchmarks run

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(1);

    /// <summary>The environment of a process that writes its gauges to <paramref name="folder"/>.</summary>
    public static IReadOnlyDictionary<string, string> EnvironmentOf(string folder) =>
        new Dictionary<string, string>
        {
            [Folder] = folder,
            [StartupHooks] = typeof(ProcessCounters).Assembly.Location,
        };

    /// <summary>Called by the startup hook of a measured process.</summary>
    public static void AnswerInThisProcess()
    {
        if (Environment.GetEnvironmentVariable(Folder) is not { Length: > 0 } folder)
            return;
        var handler = PosixSignalRegistration.Create(
            (PosixSignal)Signal,
            signal =>
            {
                // Prevents the default action of the signal, which would end the process.
                signal.Cancel = true;
                Write(Place(folder, Environment.ProcessId));
            }
        );
        // Keeps the handler alive for the lifetime of the process, because its finalizer would remove the registration.
        _ = GCHandle.Alloc(handler);
    }

    /// <summary>Requests a process's gauges and waits for them.</summary>
    public static async Task<ProcessCounters> OfAsync(string folder, int process, CancellationToken stop)
    {
        var place = Place(folder, process);
        File.Delete(place);
        Headrace.Server.Machine.Unix.Signal(process, Signal);
        var began = TimeProvider.System.GetTimestamp();
        while (!File.Exists(place))
        {
            if (TimeProvider.System.GetElapsedTime(began) > Limit)
                throw new TimeoutException(
                    $"Process {process} did not write its gauges within {Limit.TotalSeconds} s."
                );
            await Task.Delay(PollInterval, stop);
        }
        var figures = (await File.ReadAllTextAsync(place, stop)).Split(' ');
        return new ProcessCounters(
            long.Parse(figures[0], CultureInfo.InvariantCulture),
            int.Parse(figures[1], CultureInfo.InvariantCulture),
            figures[2] == Server
        );
    }

    private static void Write(string place)
    {
        var kind = GCSettings.IsServerGC ? Server : "workstation";
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{GC.GetTotalAllocatedBytes(precise: true)} {GC.CollectionCount(0)} {kind}"
        );
        File.WriteAllText(place + ".new", text);
        File.Move(place + ".new", place, overwrite: true);
    }

    private static string Place(string folder, int process) =>
        Path.Combine(folder, process.ToString(CultureInfo.InvariantCulture));
}
