using System.Threading.Channels;
using Headrace.Core;
using Headrace.Core.Queues;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

/// <summary>
/// Looks at the disk each second, and at once when a commit found no room; lays the ballast and tells the shard what
/// the <see cref="StorageGate"/> says (R25).
/// </summary>
internal sealed partial class DiskSpaceMonitor(
    StorageGate gate,
    Ballast ballast,
    IJobStore jobStore,
    ShardMailbox door,
    TimeProvider time,
    ILogger<DiskSpaceMonitor> logger
)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly DriveInfo _disk = new(gate.Folder);
    private readonly Channel<bool> _wakes = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    /// <summary>
    /// Whether a commit has found no room since the last look. Set by the shard's loop, taken by this one.
    /// </summary>
    private volatile bool _outOfSpace;

    /// <summary>Owned by the loop.</summary>
    private StorageGate _gate = gate;

    /// <summary>
    /// A commit found no room: the ballast goes before that commit is tried again. Called by the shard's loop.
    /// </summary>
    public void OnOutOfSpace()
    {
        if (ballast.TryRelease())
            BallastReleased();
        _outOfSpace = true;
        _wakes.Writer.TryWrite(true);
    }

    /// <summary>
    /// Watches until cancelled. A turn that meets a commit in trouble lasts until that commit is through.
    /// </summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await CheckAsync(stop);
                await WaitAsync(stop);
            }
            catch (MailboxClosedException)
            {
                // Stopping, or loading again: the stop ends this loop, or the next turn tells the shard what it has
                // missed.
                await Task.WhenAny(Task.Delay(Period, time, stop));
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Around one turn of a loop: the next may go better, and without the loop a closed gate never opens.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                CheckFailed(fault);
                await Task.WhenAny(Task.Delay(Period, time, stop));
            }
        }
    }

    /// <summary>One look, and the shard told if the gate is closed or has opened.</summary>
    private async Task CheckAsync(CancellationToken stop)
    {
        var wasOpen = _gate.IsOpen;
        StorageSpace room;
        if (_outOfSpace)
        {
            // Whatever the file system says is free, the store did not get it: a quota, or what is kept for root. The
            // next turn looks again, after the commit is through.
            _outOfSpace = false;
            room = Measure();
            _gate = _gate with { IsOpen = false };
        }
        else
        {
            if (_gate.NeedsBallast(Measure()) && ballast.TryCreate())
                BallastRestored();
            room = Measure();
            _gate = _gate.Evaluate(room);
        }
        if (_gate.IsOpen && wasOpen)
            return;

        var words = _gate.Message(room);
        if (wasOpen)
            SpaceIsLow(words);
        if (!_gate.IsOpen)
            door.NoRoom = words;
        // Also when nothing has changed: a shard that had to load again knows nothing of it.
        await door.SendAsync(new Command.DiskSpaceChanged(!_gate.IsOpen, words), stop);
        if (!_gate.IsOpen)
            return;
        door.NoRoom = null;
        SpaceIsBack();
    }

    private StorageSpace Measure() => new(_disk.AvailableFreeSpace, jobStore.FreePageBytes, ballast.Exists);

    private async Task WaitAsync(CancellationToken stop)
    {
        using var alarm = new CancellationTokenSource(Period, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(alarm.Token, stop);
        try
        {
            await _wakes.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // Time to look again.
        }
    }
}
