using Headrace.Core;

namespace Headrace.Server.Pools.Local;

/// <summary>
/// Which local workers to start and which to send home. As many run as there are slots, those counted in that an
/// earlier server left behind; a new one takes
/// only a name that no worker's row has, so that it never stands in the place of one that may yet come back (R9).
/// </summary>
internal static class PoolRule
{
    public static PoolDecision Decide(PoolView view, string namePrefix)
    {
        var running = view.Slots.Count(slot => slot.Running);
        var wanted = Math.Max(0, view.Slots.Count - view.Adopted);
        // The last slots go first: the choice does not matter, but it must stay the same from turn to turn.
        var drain = Enumerable
            .Range(0, view.Slots.Count)
            .Reverse()
            .Where(i => view.Slots[i].Running)
            .Take(Math.Max(0, running - wanted))
            .ToList();

        var start = view
            .Slots.Index()
            .Where(slot => slot.Item is { Name: null, Abandoned: false } && slot.Item.BackoffUntil <= view.Now)
            .Select(slot => slot.Index)
            .Take(Math.Max(0, wanted - running));
        return new PoolDecision([.. start.Zip(Free(view, namePrefix))], drain);
    }

    private static IEnumerable<WorkerName> Free(PoolView view, string prefix)
    {
        for (var number = 1; ; number++)
        {
            var name = new WorkerName($"{prefix}{number}");
            if (!view.Taken.Contains(name) && !view.Slots.Any(slot => slot.Name == name))
                yield return name;
        }
    }
}
