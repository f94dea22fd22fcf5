using System.Globalization;

namespace Headrace.Server.Hosting;

/// <summary>
/// Decides how many connections a server keeps open. Each connection uses a file descriptor, and a process without a
/// free descriptor cannot read files, start workers or even collect garbage. The port and the Unix socket have separate
/// limits of equal size, so that connections to the port cannot use up the connections for local workers and commands.
/// </summary>
internal static class ConnectionLimit
{
    /// <summary>
    /// Number of descriptors for everything else: the runtime (two for each loaded library), the store and its readers,
    /// and the log. An idle server with one worker has 235 open descriptors (measured on 2026-11-29).
    /// </summary>
    private const int Reserve = 320;

    /// <summary>
    /// Number of descriptors for the pipes of a local worker process and of its replacement, which can start before the
    /// process has ended.
    /// </summary>
    private const int PerWorker = 8;

    private const int MinConnections = 16;

    /// <summary>
    /// Returns the maximum number of connections for each endpoint, or null if the descriptor limit is too low for a
    /// server.
    /// </summary>
    public static long? PerEndpoint(long descriptors, int maxWorkers, int endpoints) =>
        (descriptors - Reserve - (PerWorker * maxWorkers)) / endpoints is >= MinConnections and var each ? each : null;

    /// <summary>Returns the error message for a descriptor limit that is too low.</summary>
    public static string Refusal(long descriptors, int maxWorkers, int endpoints) =>
        $"This process may open at most {Number(descriptors)} files and connections, and a server with "
        + $"{Number(maxWorkers)} local worker(s) needs at least "
        + $"{Number(Reserve + (PerWorker * maxWorkers) + (endpoints * MinConnections))}. Raise the limit, for example "
        + "with `ulimit -n 4096`, or use fewer workers.";

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
