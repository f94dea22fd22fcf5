using Headrace.Core;

namespace Headrace.Server.Pools;

/// <summary>A scaling decision and the actions that were taken.</summary>
/// <param name="At">When the decision was made.</param>
/// <param name="Workers">Number of workers in the pool at that time.</param>
/// <param name="Started">Number of workers started.</param>
/// <param name="Drained">Names of the workers that were instructed to finish their jobs and exit.</param>
/// <param name="Reason">The reason, as a sentence. Its public wording does not name a queue.</param>
internal sealed record ScalingDecision(
    DateTimeOffset At,
    int Workers,
    int Started,
    IReadOnlyList<string> Drained,
    Reason Reason
)
{
    public bool IsChange => Started > 0 || Drained.Count > 0;
}

/// <summary>
/// The latest decisions about one pool. With one check every 15 s, the history contains all decisions from the last few
/// hours. Decisions that changed the pool are kept longer. The history is thread-safe, and it is lost when the server
/// stops.
/// </summary>
internal sealed class ScalingHistory
{
    public const int MaxDecisions = 1_000;
    public const int MaxChanges = 200;

    private readonly Lock _lock = new();

    // Guarded by the lock.
    private readonly Queue<ScalingDecision> _decisions = [];
    private readonly Queue<ScalingDecision> _changes = [];

    public void Add(ScalingDecision note)
    {
        lock (_lock)
        {
            Keep(_decisions, note, MaxDecisions);
            if (note.IsChange)
                Keep(_changes, note, MaxChanges);
        }
    }

    /// <summary>
    /// Returns the latest decisions, newest first. If <paramref name="changesOnly"/> is true, returns only decisions
    /// that started or drained workers.
    /// </summary>
    public IReadOnlyList<ScalingDecision> Latest(int top, bool changesOnly)
    {
        lock (_lock)
            return [.. (changesOnly ? _changes : _decisions).Reverse().Take(top)];
    }

    private static void Keep(Queue<ScalingDecision> notes, ScalingDecision note, int most)
    {
        if (notes.Count == most)
            notes.Dequeue();
        notes.Enqueue(note);
    }
}
