namespace Headrace.Core.Feeds;

/// <summary>Records the removed completions while a pull waits for a read that may still contain them.</summary>
internal sealed class RemovedCompletions
{
    private readonly HashSet<long> _numbers = [];
    private int _pendingPulls;

    /// <summary>Number of pulls that are waiting for a read.</summary>
    public int PendingPulls
    {
        get => _pendingPulls;
        set
        {
            _pendingPulls = value;
            if (value == 0)
                _numbers.Clear();
        }
    }

    public void Add(long completionNumber)
    {
        if (_pendingPulls > 0)
            _numbers.Add(completionNumber);
    }

    public bool Contains(long completionNumber) => _numbers.Contains(completionNumber);
}
