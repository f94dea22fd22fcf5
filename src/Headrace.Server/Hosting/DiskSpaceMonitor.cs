using System.Threading.Channels;
using Headrace.Core;
using Headrace.Core.Queues;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

/// <summary>
/// Checks the disk space every second, and immediately when a commit runs out of space. It maintains the ballast file
/// and reports the state of the <see cref="StorageGate"/> to the shard (R25).
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
    /// Whether a commit has run out of disk space since the last check. Set by the shard's loop and cleared by this
    /// loop.
    /// </summary>
    private volatile bool _outOfSpace;

    /// <summary>The current gate. Used only by this loop.</summary>
    private StorageGate _gate = gate;

    /// <summary>Deletes the ballast file before the failed commit is retried. Called by the shard's loop.</summary>
    public void OnOutOfSpace()
    {
        if (ballast.TryRelease())
            BallastReleased();
        _outOfSpace = true;
        _wakes.Writer.TryWrite(true);
    }

    /// <summary>
    /// Runs until cancelled. If a commit is being retried, the current check waits until that commit completes.
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
                // The server is stopping, or the shard is reloading. If the server is stopping, this loop ends. After a
                // reload, the next check reports the state again.
                await Task.WhenAny(Task.Delay(Period, time, stop));
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception gone) when (gone is DriveNotFoundException or DirectoryNotFoundException)
            {
                // The data folder was deleted. The FileMonitor detects this as well and stops the server.
                await Task.WhenAny(Task.Delay(Period, time, stop));
            }
#pragma warning disable CA1031 // The next check may succeed. If the loop ended, a closed gate would never open.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                CheckFailed(fault);
                await Task.WhenAny(Task.Delay(Period, time, stop));
            }
        }
    }

    /// <summary>Checks once, and notifies the shard if the gate is closed or has just opened.</summary>
    private async Task CheckAsync(CancellationToken stop)
    {
        var wasOpen = _gate.IsOpen;
        StorageSpace room;
        if (_outOfSpace)
        {
            // The store could not allocate space. The file system may still report free space, for example because of a
            // quota or blocks reserved for root. The next check runs after the commit completes.
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
            SpaceIsLow(words.Detail);
        if (!_gate.IsOpen)
            door.NoRoom = words;
        // Sends the state even when it has not changed, because a shard that has reloaded no longer knows the state.
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
            // The period has elapsed, so the next check begins.
        }
    }
}
