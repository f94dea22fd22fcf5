namespace Headrace.Bench.Speed.Loads;

/// <summary>Sends requests with a fixed concurrency, and measures the duration of each.</summary>
internal static class Senders
{
    /// <summary>
    /// Sends the requests and returns the duration of each in milliseconds. The <paramref name="send"/> callback
    /// receives the request number.
    /// </summary>
    public static async Task<double[]> SendAsync(int requests, int atOnce, Func<int, Task> send)
    {
        var taken = new double[requests];
        var next = -1;
        await Task.WhenAll(
            Enumerable
                .Range(0, Math.Min(atOnce, requests))
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        for (var i = Interlocked.Increment(ref next); i < requests; i = Interlocked.Increment(ref next))
                        {
                            var began = TimeProvider.System.GetTimestamp();
                            await send(i);
                            taken[i] = TimeProvider.System.GetElapsedTime(began).TotalMilliseconds;
                        }
                    })
                )
        );
        return taken;
    }

    public static LoadRound Round(long count, long began, double[] taken)
    {
        var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        var milliseconds = Percentiles.Of(taken);
        return new LoadRound(count, seconds, milliseconds.At(0.50), milliseconds.At(0.99));
    }
}
