using Headrace.Core;

namespace Headrace.Server.Pools.Local;

/// <summary>
/// Decides which local workers to start and which to drain. The number of workers, including those that an earlier
/// server started, equals the number of slots. A new worker gets a name that no existing worker row has, so that it
/// never replaces a worker that may still reconnect (R9).
/// </summary>
internal static class PoolRule
{
    public static PoolDecision Decide(LocalPoolView view, string namePrefix)
    {
        var running = view.Slots.Count(slot => slot.Running);
        var wanted = Math.Max(0, view.Slots.Count - view.Adopted);
        // The last slots are drained first. The choice does not matter, but it must be the same in every iteration.
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

    private static IEnumerable<WorkerName> Free(LocalPoolView view, string prefix)
    {
        for (var number = 1; ; number++)
        {
            var name = new WorkerName($"{prefix}{number}");
            if (!view.Taken.Contains(name) && !view.Slots.Any(slot => slot.Name == name))
                yield return name;
        }
    }
}
