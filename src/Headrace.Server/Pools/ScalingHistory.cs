namespace Headrace.Server.Pools;

/// <summary>A decision about a pool, as it was carried out.</summary>
/// <param name="At">When.</param>
/// <param name="Workers">How many the pool had.</param>
/// <param name="Started">How many were started.</param>
/// <param name="Drained">Who was told to finish and go.</param>
/// <param name="Reason">Why, in words.</param>
internal sealed record ScalingDecision(
    DateTimeOffset At,
    int Workers,
    int Started,
    IReadOnlyList<string> Drained,
    string Reason
)
{
    public bool IsChange => Started > 0 || Drained.Count > 0;
}

/// <summary>
/// The latest decisions about one pool: some hours of them at a check each 15 s, and the changes for longer.
/// Thread-safe; gone with the server.
/// </summary>
internal sealed class ScalingHistory
{
    public const int MaxDecisions = 1_000;
    public const int MaxChanges = 200;

    private readonly Lock _lock = new();

    // Under the lock.
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

    /// <summary>The latest, newest first; with <paramref name="changesOnly"/> those that changed something.</summary>
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
