namespace Headrace.Worker.Mpi.Farm;

/// <summary>
/// The tags of the messages between rank 0 and the other ranks. Each message contains frames or is empty.
/// </summary>
internal static class FarmTag
{
    /// <summary>From rank 0: jobs for this rank alone.</summary>
    public const int Jobs = 1;

    /// <summary>From rank 0: a job that all ranks run together.</summary>
    public const int Together = 2;

    /// <summary>From rank 0: a job should stop.</summary>
    public const int Cancel = 3;

    /// <summary>
    /// From rank 0: a job that all ranks ran has failed and all ranks have returned from it, so they replace the
    /// communicator.
    /// </summary>
    public const int Renew = 4;

    /// <summary>From rank 0: the group stops.</summary>
    public const int Stop = 5;

    /// <summary>To rank 0: results, errors, progress and logs of jobs.</summary>
    public const int Answers = 6;

    /// <summary>
    /// To rank 0: this rank has returned from a job that all ranks run. The message contains its error, if any.
    /// </summary>
    public const int Returned = 7;
}
