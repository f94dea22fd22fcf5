namespace Headrace.Core.Jobs;

/// <summary>The children that a running attempt has submitted (R13).</summary>
/// <param name="latest">The latest submission of the attempt.</param>
internal sealed class AttemptChildren(ChildSubmission latest)
{
    private readonly HashSet<Job> _waiting = [];

    public ChildSubmission Latest { get; private set; } = latest;

    /// <summary>
    /// Why the latest submission was rejected. Null if it was accepted, or if the server has restarted since.
    /// </summary>
    public Rejection? Rejection { get; private set; }

    /// <summary>Number of children that wait for the end of the attempt.</summary>
    public int Count => _waiting.Count;

    /// <summary>Total size of the bodies and params of the waiting children, in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>True if a client has requested the cancellation of the attempt that has just ended.</summary>
    public bool IsCancelled { get; set; }

    public bool Contains(Job child) => _waiting.Contains(child);

    /// <summary>Returns the waiting children in the order of their submission.</summary>
    public List<Job> Waiting() => [.. _waiting.OrderBy(child => child.Id)];

    public void Add(Job child)
    {
        if (_waiting.Add(child))
            Bytes += child.Spec.InputBytes;
    }

    /// <summary>Removes a child that no longer waits.</summary>
    public void Remove(Job child)
    {
        if (_waiting.Remove(child))
            Bytes -= child.Spec.InputBytes;
    }

    public void Accept(int number, JobId lastChild) =>
        (Latest, Rejection) = (new ChildSubmission(number, lastChild), null);

    public void Reject(int number, Rejection? rejection) =>
        (Latest, Rejection) = (new ChildSubmission(number, default), rejection);
}
