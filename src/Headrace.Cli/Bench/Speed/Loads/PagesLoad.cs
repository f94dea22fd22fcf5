using System.Text.Json;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Bench.Speed.Loads;

/// <summary>Reads the latest thousand results with their bytes, again and again, as one reader or several side by side.</summary>
internal sealed class PagesLoad(Target target, LoadOrder order) : ILoad
{
    public async Task<LoadRound> RoundAsync(int count, CancellationToken stop)
    {
        var began = TimeProvider.System.GetTimestamp();
        var taken = await Senders.SendAsync(count / order.Batch, order.Connections, async _ =>
        {
            var page = await target.Http.GetByteArrayAsync($"v1/results?top={order.Batch}", stop);
            var read = JsonSerializer.Deserialize(page, HeadraceJson.Default.IReadOnlyListJobReply)!.Count(job => job.Result is not null);
            if (read != order.Batch) throw new IOException($"A page holds {read} results with their bytes, and not {order.Batch}.");
        });
        return Senders.Round(count, began, taken);
    }
}
