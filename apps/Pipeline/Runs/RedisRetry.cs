using Headrace.Apps.Pipeline.Messages;
using Headrace.Commands;

namespace Headrace.Apps.Pipeline.Runs;

/// <summary>Waits for a Redis that does not respond: 1 s at first, then longer.</summary>
internal sealed class RedisRetry(CommandContext context)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private TimeSpan _pause = Shortest;

    public void Reset() => _pause = Shortest;

    /// <summary>Reports the failure, and waits.</summary>
    public async Task WaitAsync(RedisUnavailableException failure, CancellationToken cancellationToken)
    {
        context.WriteNote($"{failure.Message} Trying again in {_pause.TotalSeconds:0} s.");
        await Task.Delay(_pause, cancellationToken);
        _pause = 2 * _pause < Longest ? 2 * _pause : Longest;
    }

    /// <summary>Repeats a call until Redis responds.</summary>
    public async Task RunAsync(Func<Task> call, CancellationToken cancellationToken)
    {
        while (true)
            try
            {
                await call();
                Reset();
                return;
            }
            catch (RedisUnavailableException failure)
            {
                await WaitAsync(failure, cancellationToken);
            }
    }
}
