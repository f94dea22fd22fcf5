using Headrace.Client;

namespace Headrace.Bench.Speed.Loads;

/// <summary>
/// Sends no-op jobs through the client library, which batches them, adds the keys and reads the replies.
/// </summary>
internal sealed class ClientLoad(Target target, LoadSpec order) : ILoad, IDisposable
{
    private readonly HeadraceClient _client = new HeadraceClient(target.Url, target.Key);

    public async Task<LoadRound> RoundAsync(int count, CancellationToken stop)
    {
        var before = await target.SucceededAsync(stop);
        ReadOnlyMemory<byte> body = Enumerable.Repeat((byte)'x', order.BodyBytes).ToArray();
        var began = TimeProvider.System.GetTimestamp();
        var share = count / order.Connections;
        await Senders.SendAsync(
            order.Connections,
            order.Connections,
            async i =>
            {
                var jobs = i == 0 ? count - (share * (order.Connections - 1)) : share;
                await foreach (
                    var answer in _client.SubmitManyAsync(
                        Enumerable.Repeat(new JobRequest("noop") { Body = body }, jobs),
                        stop
                    )
                )
                    if (answer.Id is null)
                        throw new IOException($"A job was rejected: {answer.Problem?.Detail}");
            }
        );
        await target.UntilSucceededAsync(before + count, stop);
        return Senders.Round(count, began, []);
    }

    public void Dispose() => _client.Dispose();
}
