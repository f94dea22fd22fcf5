namespace Headrace.Client;

/// <summary>What a cancel did.</summary>
public enum CancelReply
{
    /// <summary>The job had not begun and is cancelled.</summary>
    Cancelled,

    /// <summary>The running attempt was asked to stop; if it succeeds all the same, it stays succeeded.</summary>
    Requested,
}
