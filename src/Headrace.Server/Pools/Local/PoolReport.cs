using Headrace.Core;

namespace Headrace.Server.Pools.Local;

/// <summary>
/// The state that a pool publishes to other threads: its status for the readiness check, and its workers for scaling.
/// The pool's loop replaces both after each iteration.
/// </summary>
internal sealed class PoolReport
{
    private readonly PoolSettings _settings;
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile PoolStatus _status;
    private volatile IReadOnlyList<ProvidedWorker> _workers;

    /// <summary>When the number of joined workers last fell below the target.</summary>
    private volatile Shortfall? _shortSince;

    /// <param name="settings">The settings of the pool.</param>
    /// <param name="slots">The slots of the pool. They have no processes yet.</param>
    public PoolReport(PoolSettings settings, IReadOnlyList<PoolSlot> slots)
    {
        _settings = settings;
        _status = new PoolStatus(
            settings.Min,
            0,
            settings.Min == 0,
            null,
            [.. slots.Select(slot => slot.Status(default))],
            []
        );
        _workers = [.. slots.Select(slot => slot.Provided(default))];
    }

    /// <summary>The requested and the adopted workers.</summary>
    public IReadOnlyList<ProvidedWorker> Workers => _workers;

    /// <summary>
    /// Completes when the minimum number of workers has joined with their methods for the first time.
    /// </summary>
    public Task Complete => _settings.Min == 0 ? Task.CompletedTask : _complete.Task;

    public PoolStatus Status(Elapsed now) =>
        _status with
        {
            ShortSeconds = _shortSince is { } since ? (now - since.At).TotalSeconds : null,
        };

    /// <param name="slots">The slots of the pool.</param>
    /// <param name="adopted">The workers that an earlier server started.</param>
    /// <param name="foreignJoined">
    /// Number of workers that have contacted this server but were started by an earlier server, or by another program
    /// that uses this pool's name.
    /// </param>
    /// <param name="now">The current time.</param>
    public void Publish(IReadOnlyList<PoolSlot> slots, AdoptedWorkers adopted, int foreignJoined, Elapsed now)
    {
        var joined = foreignJoined + slots.Count(slot => slot is { Child.StopRequested: false, JoinedAt: not null });
        var target = slots.Count(slot => !slot.IsLeaving);
        _shortSince = joined >= target ? null : _shortSince ?? new Shortfall(now);
        _status = new PoolStatus(
            target,
            joined,
            Complete.IsCompleted || joined >= _settings.Min,
            null,
            [.. slots.Select(slot => slot.Status(now))],
            adopted.Status
        );
        var leftBehind = adopted.All.ToList();
        // Empty slots are reserved for workers from an earlier server while such workers exist.
        var reserved = slots
            .Where(slot => slot is { Child: null, IsLeaving: false })
            .Take(leftBehind.Count(worker => !worker.Leaves))
            .ToHashSet();
        _workers =
        [
            .. slots.Where(slot => !reserved.Contains(slot)).Select(slot => slot.Provided(now)),
            // A negative number cannot be equal to the number of a slot.
            .. leftBehind.Select(worker => new ProvidedWorker(
                -worker.Process,
                worker.Self,
                worker.Leaves ? ProvidedState.Leaving : ProvidedState.Started,
                now - worker.Found,
                worker.Process,
                null
            )),
        ];
        // The task is completed last, because its waiters then read the status.
        if (joined >= _settings.Min)
            _complete.TrySetResult();
    }

    /// <summary>
    /// The time at which a shortage of workers began. This is a class so that a reference to it can be shared between
    /// threads atomically.
    /// </summary>
    private sealed record Shortfall(Elapsed At);
}
