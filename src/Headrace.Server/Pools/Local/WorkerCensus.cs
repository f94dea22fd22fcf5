using Headrace.Core;
using Headrace.Core.Jobs;

namespace Headrace.Server.Pools.Local;

/// <summary>
/// Compares the workers that the broker lists with the processes of a pool. Distinguishes workers that the pool started
/// from workers that an earlier server started, and from workers that another program started under the pool's name.
/// </summary>
internal sealed class WorkerCensus
{
    private readonly PoolSettings _settings;
    private readonly IReadOnlyList<WorkerView> _all;

    public WorkerCensus(PoolSettings settings, IReadOnlyList<WorkerView> all, IReadOnlyList<PoolSlot> slots)
    {
        (_settings, _all) = (settings, all);
        Ours = slots.Where(slot => slot.Child is not null).ToDictionary(slot => slot.Child!.Self);
        Foreign = [.. all.Where(worker => worker.Pool == settings.Name && !Ours.ContainsKey(Self(worker)))];
    }

    /// <summary>The slots of this pool that have a process.</summary>
    public IReadOnlyDictionary<LeaseHolder, PoolSlot> Ours { get; }

    /// <summary>Workers of this pool that this server did not start.</summary>
    public IReadOnlyList<WorkerView> Foreign { get; }

    /// <summary>The slots of this pool whose workers have joined with their methods.</summary>
    public IEnumerable<PoolSlot> JoinedSlots =>
        _all.Where(HasJoined).Select(worker => Ours.GetValueOrDefault(Self(worker))).OfType<PoolSlot>();

    /// <summary>Workers of this pool that must be killed because they have lost contact (R11).</summary>
    public IEnumerable<WorkerView> Paused =>
        _all.Where(worker => worker.Pool == _settings.Name && PausedWorkerRule.MustEnd(worker, _settings.Lease));

    public static LeaseHolder Self(WorkerView worker) => new(worker.Name, worker.Incarnation);

    /// <summary>Counts the workers that this server did not start.</summary>
    public AdoptionCount Count(AdoptedWorkers adopted, Elapsed now)
    {
        // A worker that has been out of contact for one lease duration does not count. If it reconnects, one of the new
        // workers is drained.
        var present = Foreign
            .Where(worker => worker.SinceLastSeen < _settings.Lease && !adopted.Leaves(Self(worker)))
            .ToList();
        var expected = adopted.Expected(now).ToList();
        var kept = present.Count(worker => adopted.Has(Self(worker))) + expected.Count;
        // A worker that another program started, or a worker whose process cannot be identified, counts toward the
        // minimum number of workers. Scaling ignores these workers, so the workers that scaling requests are still
        // started.
        var others = Math.Min(
            present.Count(worker => !adopted.Has(Self(worker)) && HasJoined(worker)),
            Math.Max(0, _settings.Min - kept)
        );
        var taken = _all.Select(worker => worker.Name).Concat(expected).Concat(Ours.Keys.Select(self => self.Worker));
        return new AdoptionCount(kept, kept + others, present.Count(HasJoined), taken.ToHashSet());
    }

    /// <summary>
    /// Returns whether the worker has contacted this server. Offers are not stored across a restart, so a worker with
    /// offers has done so.
    /// </summary>
    private static bool HasJoined(WorkerView worker) => worker.Offers.Count > 0;
}

/// <summary>The numbers of workers of a pool that this server did not start.</summary>
/// <param name="Kept">Number of workers from an earlier server whose process is known.</param>
/// <param name="Counted">
/// Number of workers for which no replacement is started: those in <paramref name="Kept"/>, and others that count
/// toward the minimum.
/// </param>
/// <param name="Joined">Number of workers that have contacted this server.</param>
/// <param name="Taken">The names of all workers, including workers in other pools.</param>
internal sealed record AdoptionCount(int Kept, int Counted, int Joined, IReadOnlySet<WorkerName> Taken);
