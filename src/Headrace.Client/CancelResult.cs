namespace Headrace.Client;

/// <summary>Specifies the effect of a cancel call.</summary>
public enum CancelResult
{
    /// <summary>The job had not started and is now cancelled.</summary>
    Cancelled,

    /// <summary>The running attempt was asked to stop. If it still succeeds, the job stays succeeded.</summary>
    Requested,
}
