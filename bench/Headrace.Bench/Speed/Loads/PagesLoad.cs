using System.Text.Json;
using Headrace.Protocol.Json;

namespace Headrace.Bench.Speed.Loads;

/// <summary>
/// Reads the latest thousand results with their bytes, again and again, as one reader or several side by side.
/// </summary>
internal sealed class PagesLoad(Target target, LoadOrder order) : ILoad
{
    public async Task<LoadRound> RoundAsync(int count, CancellationToken stop)
    {
        var began = TimeProvider.System.GetTimestamp();
        var read = 0L;
        var taken = await Senders.SendAsync(
            count / order.Batch,
            order.Connections,
            async _ =>
            {
                var page = await target.Http.GetByteArrayAsync($"v1/results?top={order.Batch}", stop);
                var results = JsonSerializer
                    .Deserialize(page, HeadraceJson.Default.IReadOnlyListJobReply)!
                    .Count(job => job.Result is not null);
                if (results == 0)
                    throw new IOException("A page holds no result with its bytes.");
                // A reader may hold the store for 100 ms (R25): on a machine that is busy with something else a page
                // can be shorter, and what counts is what it held.
                Interlocked.Add(ref read, results);
            }
        );
        return Senders.Round(read, began, taken);
    }
}
