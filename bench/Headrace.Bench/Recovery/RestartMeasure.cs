using System.Net;
using System.Net.Sockets;
using Headrace.Client;
using Headrace.Core;
using Headrace.Server.Machine;

namespace Headrace.Bench.Recovery;

/// <summary>
/// Fills a new store, kills its server, and measures how long each phase of the next server's start takes.
/// </summary>
internal static class RestartMeasure
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(2);

    public static async Task<RecoveryRun> RunAsync(string folder, long jobs, CancellationToken stop)
    {
        Directory.CreateDirectory(folder);
        var place = new ServerPlace(Path.Combine(folder, "data"), folder, ServerPlace.FreePort(), Workers: 1)
        {
            Settings = new Dictionary<string, string> { ["HEADRACE_QUEUES__JOBS"] = "10000000" },
        };
        // The server first runs with a worker, so that the store contains the worker's methods. It then runs without a
        // worker, so that the jobs stay ready.
        using (var first = ServerChild.Start(place))
        {
            await ReadyAsync(first, joined: true, place);
            first.Signal(Unix.SigTerm);
            await first.Ended.WaitAsync(Limit, stop);
        }
        place = place with { Workers = 0 };
        using (var filled = ServerChild.Start(place))
        {
            await ReadyAsync(filled, joined: false, place);
            await UnfinishedJobs.FillAsync(place, jobs, stop);
            filled.Signal(Unix.SigKill);
            await filled.Ended.WaitAsync(Limit, stop);
        }
        var bytes = new DirectoryInfo(place.Data).EnumerateFiles("headrace.db*").Sum(file => file.Length);
        using var again = ServerChild.Start(place);
        try
        {
            var open = await PortOpenAsync(place.Port, stop);
            await ReadyAsync(again, joined: false, place);
            using var client = new HeadraceClient(place.Url, place.Key);
            await client.SubmitAsync(new JobRequest("noop") { Queue = "first" }, stop);
            var acknowledged = BenchClock.Monotonic;
            var found = (await client.ListQueuesAsync(stop))
                .Where(queue => queue.Name == "recovery")
                .Sum(queue => queue.Jobs);
            var (resident, peak) = ProcessFacts.ResidentAndPeak(again.ProcessId);
            return new RecoveryRun(
                jobs,
                found,
                bytes,
                BenchClock.Seconds(open - again.StartedAt),
                BenchClock.Seconds(again.ListeningAt - open),
                BenchClock.Seconds(again.ListeningAt - again.StartedAt),
                BenchClock.Seconds(acknowledged - again.ListeningAt),
                resident,
                peak
            );
        }
        finally
        {
            again.Signal(Unix.SigKill);
            await again.Ended.WaitAsync(Limit, CancellationToken.None);
        }
    }

    private static async Task ReadyAsync(ServerChild server, bool joined, ServerPlace place)
    {
        if (await server.Listening.WaitAsync(Limit) is null || (joined && !await server.Joined.WaitAsync(Limit)))
            throw new HeadraceException($"The server did not start: {server.LastErrorLine} Its log is {place.Log}");
    }

    /// <summary>Returns the time at which the port first accepted a connection.</summary>
    private static async Task<long> PortOpenAsync(int port, CancellationToken stop)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await probe.ConnectAsync(IPAddress.Loopback, port, stop);
                return BenchClock.Monotonic;
            }
            catch (SocketException) when (TimeProvider.System.GetElapsedTime(began) < Limit)
            {
                await Task.Delay(PollInterval, stop);
            }
        }
    }
}

/// <summary>One start after kill -9, in seconds and bytes.</summary>
/// <param name="Jobs">Unfinished jobs in the store.</param>
/// <param name="Found">Unfinished jobs that the started server reports.</param>
/// <param name="StoreBytes">Size of the database and its log when the server was killed.</param>
/// <param name="ToOpen">
/// Time from the process start until the store has been opened, checked and locked, and the HTTP port accepts
/// connections.
/// </param>
/// <param name="ToLoaded">Time from then until every row has been loaded into memory.</param>
/// <param name="Whole">Time from the process start until the server reports that it is listening.</param>
/// <param name="ToAcknowledgement">Time from then until the first submission is acknowledged.</param>
/// <param name="Resident">Resident memory after the first acknowledgement.</param>
/// <param name="Peak">Highest resident memory before the first acknowledgement.</param>
internal sealed record RecoveryRun(
    long Jobs,
    long Found,
    long StoreBytes,
    double ToOpen,
    double ToLoaded,
    double Whole,
    double ToAcknowledgement,
    long Resident,
    long Peak
);
