using System.Globalization;
using System.Text.Json;
using Headrace.Client;
using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Server.Machine;
using StackExchange.Redis;

namespace Headrace.Bench.Bridges;

/// <summary>Sends messages through a bridge, from a Redis list through a no-op method to another list.</summary>
internal static class BridgeMeasure
{
    private const string In = "in";
    private const string Out = "out";

    /// <summary>Number of messages sent before the measurement, while the code is compiled.</summary>
    private const int WarmUp = 20_000;

    /// <summary>Number of single messages whose round trip is measured.</summary>
    private const int Singles = 200;

    private const int PushedTogether = 1_000;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(20);

    public static async Task<BridgeRun> RunAsync(string folder, int messages, string sync, CancellationToken stop)
    {
        var place = new ServerPlace(Path.Combine(folder, "data"), folder, ServerPlace.FreePort(), Workers: 1);
        using var redis = await RedisChild.StartAsync(folder, sync, stop);
        using var server = ServerChild.Start(place);
        try
        {
            if (!await server.Joined.WaitAsync(Limit, stop))
                throw new HeadraceException($"The server did not start: {server.LastErrorLine} Its log is {place.Log}");
            using var client = new HeadraceClient(place.Url, place.Key);
            await using var connection = await ConnectionMultiplexer.ConnectAsync(
                string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{redis.Port}")
            );
            var database = connection.GetDatabase();
            var request = new BridgeRequest
            {
                Address = string.Create(CultureInfo.InvariantCulture, $"redis://127.0.0.1:{redis.Port}"),
                From = In,
                To = Out,
                Method = "noop",
            };
            await client.Bridges.SetAsync("bench", request, stop);
            await PushAsync(database, 0, WarmUp);
            await WaitAsync(database, WarmUp, stop);
            await database.KeyDeleteAsync(Out);

            await client.Bridges.PauseAsync("bench", stop);
            await PushAsync(database, WarmUp, messages);
            var processor = ProcessFacts.ProcessorMicros(server.ProcessId);
            await client.Bridges.ResumeAsync("bench", stop);
            var began = BenchClock.Monotonic;
            await WaitAsync(database, messages, stop);
            var took = BenchClock.Monotonic - began;
            processor = ProcessFacts.ProcessorMicros(server.ProcessId) - processor;
            var distinct = await CountDistinctAsync(database, WarmUp, messages);
            await database.KeyDeleteAsync(Out);

            var singles = await MeasureSinglesAsync(database, redis.Port, stop);
            return new BridgeRun(sync, messages, BenchClock.Seconds(took), processor / messages, singles)
            {
                Complete = distinct == messages,
            };
        }
        finally
        {
            server.Signal(Unix.SigTerm);
            await server.Ended.WaitAsync(Limit, CancellationToken.None);
        }
    }

    private static async Task PushAsync(IDatabase database, int first, int count)
    {
        foreach (var part in Enumerable.Range(first, count).Chunk(PushedTogether))
            await database.ListRightPushAsync(In, [.. part.Select(number => (RedisValue)number)]);
    }

    private static async Task WaitAsync(IDatabase database, int count, CancellationToken stop)
    {
        var end = BenchClock.Monotonic + (long)Limit.TotalMicroseconds;
        while (await database.ListLengthAsync(Out) < count)
        {
            if (BenchClock.Monotonic > end)
                throw new HeadraceException($"{count} messages did not pass through the bridge within {Limit}.");
            await Task.Delay(LookAgain, stop);
        }
    }

    /// <summary>Counts the messages that have a result, and checks that no job has two results.</summary>
    private static async Task<int> CountDistinctAsync(IDatabase database, int first, int count)
    {
        var results = (await database.ListRangeAsync(Out)).Select(text => JsonElement.Parse(text.ToString())).ToList();
        var ids = results.Select(result => result.GetProperty("id").GetString()).Distinct().Count();
        var bodies = results.Select(result => result.GetProperty("result").GetInt32()).ToHashSet();
        return ids == results.Count && bodies.All(body => body >= first && body < first + count) ? bodies.Count : 0;
    }

    /// <summary>Returns the sorted round-trip times of single messages in milliseconds, after pauses.</summary>
    private static async Task<double[]> MeasureSinglesAsync(IDatabase database, int port, CancellationToken stop)
    {
        using var consumer = new BlockingPop(port);
        var pauses = new Random(1);
        var times = new double[Singles];
        for (var i = 0; i < Singles; i++)
        {
            await Task.Delay(pauses.Next(20, 200), stop);
            var next = consumer.NextAsync(Out, stop);
            var sent = BenchClock.Monotonic;
            await database.ListRightPushAsync(In, i);
            await next;
            times[i] = (BenchClock.Monotonic - sent) / 1e3;
        }
        Array.Sort(times);
        return times;
    }
}

/// <summary>A measurement of a bridge.</summary>
/// <param name="Sync">When Redis syncs its file.</param>
/// <param name="Messages">The number of messages.</param>
/// <param name="Seconds">The time from the first message taken to the last result.</param>
/// <param name="ProcessorMicros">The CPU time of the whole server for each message, in microseconds.</param>
/// <param name="Singles">The sorted round-trip times of single messages, in milliseconds.</param>
internal sealed record BridgeRun(
    string Sync,
    int Messages,
    double Seconds,
    double ProcessorMicros,
    IReadOnlyList<double> Singles
)
{
    /// <summary>Whether each message has exactly one result.</summary>
    public bool Complete { get; init; }

    public double Percentile(double part) => Singles[(int)(part * (Singles.Count - 1))];
}
