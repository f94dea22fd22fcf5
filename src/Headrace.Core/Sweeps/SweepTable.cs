using System.Diagnostics.CodeAnalysis;

namespace Headrace.Core.Sweeps;

/// <summary>The sweeps by id: all running sweeps, and the latest ended ones.</summary>
internal sealed class SweepTable
{
    /// <summary>Maximum number of running sweeps.</summary>
    public const int MaxRunning = 16;

    /// <summary>
    /// Maximum number of sweeps. When the limit is reached, the sweep that ended first is removed to make room for a
    /// new one.
    /// </summary>
    private const int MaxSweeps = 100;

    private readonly SortedDictionary<long, SweepRow> _sweeps = [];

    /// <summary>All sweeps, earliest first.</summary>
    public IReadOnlyCollection<SweepRow> All => _sweeps.Values;

    public int Running => _sweeps.Values.Count(sweep => sweep.State == SweepState.Running);

    /// <summary>The number of the next sweep. The latest sweep is never removed, so no number occurs twice.</summary>
    public long NextId => _sweeps.Count == 0 ? 1 : _sweeps.Keys.Max() + 1;

    public bool TryGet(long id, [NotNullWhen(true)] out SweepRow? sweep) => _sweeps.TryGetValue(id, out sweep);

    /// <summary>Returns the sweep that this owner created with this key; null if there is none.</summary>
    public SweepRow? Find(string owner, string key) =>
        _sweeps.Values.FirstOrDefault(sweep => sweep.Key?.Text == key && sweep.Owner == owner);

    public void Put(SweepRow sweep) => _sweeps[sweep.Id] = sweep;

    /// <summary>
    /// Removes the sweep that ended first if there are too many. Returns its number; null if none was removed.
    /// </summary>
    public long? RemoveSurplus()
    {
        if (_sweeps.Count < MaxSweeps)
            return null;
        var surplus = _sweeps.Values.First(sweep => sweep.State != SweepState.Running).Id;
        _sweeps.Remove(surplus);
        return surplus;
    }
}
