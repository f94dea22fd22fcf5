using Headrace.Core;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

/// <summary>
/// The I/O around the <see cref="Shard"/>: reads the inbox, tells the shard, and does what it says, in its order. It decides nothing.
/// The simulation replaces this loop and nothing else.
/// </summary>
internal sealed partial class ShardLoop(Shard shard, OwnedStore store, ShardDoor door, IReadOnlyList<IEffectObserver> observers, TimeProvider time, ILogger<ShardLoop> logger)
{
    private readonly long _start = time.GetTimestamp();
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Elapsed? _wakeAt;
    private bool _troubled;
    private string? _stop;

    /// <summary>Ends when every stored row is in memory and the door is open.</summary>
    public Task Loaded => _loaded.Task;

    private Elapsed Monotonic => new(time.GetElapsedTime(_start).Ticks / TimeSpan.TicksPerMicrosecond);

    /// <summary>Runs until the door is closed for good and the inbox empty (null), or until the shard says stop (why). Cancelling only gives up a commit that cannot succeed now.</summary>
    public async Task<string?> RunAsync(CancellationToken giveUp)
    {
        using var alarm = time.CreateTimer(static door => ((ShardDoor)door!).Knock(), door, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        try
        {
            await DoAsync(new ShardEvent.Woke());
            while (_stop is null && await WaitAsync(alarm, giveUp))
            {
                Take();
                await DoAsync(new ShardEvent.Woke());
            }
        }
        catch (OperationCanceledException) when (giveUp.IsCancellationRequested)
        {
            // Nobody was answered from the batch that could not be committed (R1): to give it up breaks no promise.
        }
        catch (Exception bug)
        {
            LoopFailed(bug);
            _stop = bug is HeadraceException ? bug.Message : $"The broker failed: {bug.Message} This is a defect; the store is as the last commit left it.";
        }
        _loaded.TrySetException(new DoorClosedException(_stop ?? "The server is stopping."));
        door.SendAway(_stop ?? "The server is stopping.");
        return _stop;
    }

    private async ValueTask<bool> WaitAsync(ITimer alarm, CancellationToken giveUp)
    {
        var wait = _wakeAt is { } at ? at - Monotonic : Timeout.InfiniteTimeSpan;
        if (_troubled)
        {
            // The inbox is left alone while the disk does not take the batch in flight: it fills up to its bound, and the door refuses what comes.
            if (wait > TimeSpan.Zero) await Task.Delay(wait, time, giveUp);
            return true;
        }
        // Rounded up to the timer's grain: an alarm that goes early would only be set again.
        if (wait > TimeSpan.Zero) wait = TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));
        else if (_wakeAt is not null) wait = TimeSpan.Zero;
        alarm.Change(wait, Timeout.InfiniteTimeSpan);
        return await door.Inbox.WaitToReadAsync(CancellationToken.None);
    }

    /// <summary>Hands on what waits, at most one batch of it, so that the shard never holds more than the inbox may.</summary>
    private void Take()
    {
        if (_troubled) return;
        for (var i = 0; i < Limits.CommandsPerBatch && door.TryTake(out var ticket, out var command); i++)
            Tell(new ShardEvent.Arrived(ticket, command));
        while (door.TryTakeGone(out var gone)) Tell(new ShardEvent.Gone(gone));
    }

    private async Task DoAsync(ShardEvent happened)
    {
        var next = new Queue<ShardStep>(Tell(happened));
        while (next.TryDequeue(out var step))
        {
            switch (step)
            {
                case ShardStep.Load:
                    foreach (var then in await LoadAsync()) next.Enqueue(then);
                    break;
                case ShardStep.Commit commit:
                    var result = await store.Journal.CommitAsync(commit.Batch, store.Epoch, CancellationToken.None);
                    Mind(result);
                    foreach (var then in Tell(new ShardEvent.Committed(result))) next.Enqueue(then);
                    break;
                case ShardStep.Release release:
                    foreach (var (ticket, answer) in release.Answers) door.Answer(ticket, answer);
                    foreach (var effect in release.Effects)
                        foreach (var observer in observers) observer.Observe(effect);
                    break;
                case ShardStep.WakeAt wake:
                    _wakeAt = wake.Elapsed;
                    break;
                case ShardStep.Stop stop:
                    Stopping(stop.Why);
                    _stop = stop.Why;
                    return;
            }
        }
    }

    private async Task<IReadOnlyList<ShardStep>> LoadAsync()
    {
        shard.Restore(store.Journal.Store);
        var rows = 0L;
        await foreach (var row in store.Journal.LoadAsync(CancellationToken.None))
        {
            shard.Restore(row);
            rows++;
        }
        LoadedRows(rows, Monotonic.Micros / 1000);
        var steps = Tell(new ShardEvent.Loaded());
        door.Open();
        _loaded.TrySetResult();
        return steps;
    }

    private void Mind(CommitResult result)
    {
        var why = result switch
        {
            CommitResult.Later later => later.Why,
            CommitResult.Unknown unknown => unknown.Why,
            _ => null,
        };
        if (why is not null && !_troubled) CommitDelayed(why);
        if (why is null && _troubled) CommitResumed();
        if (why is not null) door.Close($"The store takes nothing now: {why}");
        else if (_troubled) door.Open();
        _troubled = why is not null;
    }

    private IReadOnlyList<ShardStep> Tell(ShardEvent happened) => shard.On(happened, Instant.From(time.GetUtcNow()), Monotonic);
}
