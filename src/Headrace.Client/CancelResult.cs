namespace Headrace.Client;

/// <summary>Specifies the effect of a cancel call.</summary>
public enum CancelResult
{
    /// <summary>The job had not started and is now cancelled.</summary>
    Cancelled,

    /// <summary>
    /// The running attempt was asked to stop. If the attempt still succeeds, the job counts as succeeded.
    /// </summary>
    Requested,
}
