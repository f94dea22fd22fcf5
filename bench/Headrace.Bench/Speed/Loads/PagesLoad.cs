using System.Text.Json;
using Headrace.Protocol.Json;

namespace Headrace.Bench.Speed.Loads;

/// <summary>
/// Repeatedly reads the latest thousand results, including their bytes, with one or more concurrent readers.
/// </summary>
internal sealed class PagesLoad(Target target, LoadSpec order) : ILoad
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
                    throw new IOException("The page contains no result bytes.");
                // A read may use the store for at most 100 ms (R25), so a page can be shorter on a busy machine. Only
                // the results that the page contains are counted.
                Interlocked.Add(ref read, results);
            }
        );
        return Senders.Round(read, began, taken);
    }
}
