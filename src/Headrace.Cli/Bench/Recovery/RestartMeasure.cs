using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Headrace.Client;
using Headrace.Core;
using Headrace.Server.Machine;

namespace Headrace.Cli.Bench.Recovery;

/// <summary>Fills a new store, kills its server, and times the start of the next one by phase.</summary>
internal static class RestartMeasure
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(2);

    public static async Task<RecoveryRun> RunAsync(string folder, long jobs, CancellationToken stop)
    {
        Directory.CreateDirectory(folder);
        var place = new ServerPlace(Path.Combine(folder, "data"), folder, ServerPlace.FreePort(), Workers: 1)
        {
            Settings = new Dictionary<string, string> { ["HEADRACE_QUEUES__JOBS"] = "10000000" },
        };
        // A worker once, so that the store knows its methods; then none, so that the jobs stay.
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
            using var client = HeadraceClient.Connect(place.Url, place.Key);
            await client.SubmitAsync(new Submission("noop") { Queue = "first" }, stop);
            var acknowledged = BenchClock.Monotonic;
            var found = (await client.QueuesAsync(stop))
                .Where(queue => queue.Name == "recovery")
                .Sum(queue => queue.Jobs);
            return new RecoveryRun(
                jobs,
                found,
                bytes,
                BenchClock.Seconds(open - again.StartedAt),
                BenchClock.Seconds(again.ListeningAt - open),
                BenchClock.Seconds(again.ListeningAt - again.StartedAt),
                BenchClock.Seconds(acknowledged - again.ListeningAt),
                Status(again.ProcessId, "VmRSS:"),
                Status(again.ProcessId, "VmHWM:")
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
            throw new HeadraceException($"The server has not started: {server.LastWords} Its log is {place.Log}");
    }

    /// <summary>When the port first took a connection.</summary>
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
                await Task.Delay(LookAgain, stop);
            }
        }
    }

    /// <summary>A line of the kernel's status of a process, in kilobytes there, in bytes here.</summary>
    private static long Status(int process, string name)
    {
        var line = File.ReadLines($"/proc/{process}/status")
            .First(fact => fact.StartsWith(name, StringComparison.Ordinal));
        return 1024
            * long.Parse(
                line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(),
                CultureInfo.InvariantCulture
            );
    }
}
