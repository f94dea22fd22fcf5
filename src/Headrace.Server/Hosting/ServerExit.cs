namespace Headrace.Server.Hosting;

/// <summary>
/// Exit codes of a server process; the same numbers mean the same for every verb of the command line.
/// </summary>
internal enum ServerExit
{
    /// <summary>It was asked to stop, drained and stopped.</summary>
    Done = 0,

    /// <summary>
    /// It failed while serving: the store or its disk is broken, another owner has the store, or a defect of ours.
    /// </summary>
    Failed = 1,

    /// <summary>Its options cannot be used.</summary>
    Usage = 2,

    /// <summary>The user may not do what was asked: the data folder is not writable, say.</summary>
    NotAllowed = 4,

    /// <summary>
    /// Something else has what it needs, or the place will not do: folder or port taken, network file system, a store
    /// of a newer version.
    /// </summary>
    Refused = 6,

    /// <summary>It was told to stop at once, without waiting for running jobs.</summary>
    Interrupted = 130,
}
