namespace Headrace.Bridges.Redis;

/// <summary>
/// Polls Redis until there are messages. StackExchange.Redis shares one connection among all callers, so no command may
/// block it.
/// </summary>
internal sealed class RedisPoll(TimeProvider time)
{
    private long _latest = time.GetTimestamp();

    public async Task<IReadOnlyList<BrokerMessage>> UntilFoundAsync(
        Func<Task<IReadOnlyList<BrokerMessage>>> take,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var messages = await take();
            if (messages.Count > 0)
            {
                _latest = time.GetTimestamp();
                return messages;
            }
            await Task.Delay(PollDelay.After(time.GetElapsedTime(_latest)), time, cancellationToken);
        }
    }
}
