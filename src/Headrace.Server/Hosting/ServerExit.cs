namespace Headrace.Server.Hosting;

/// <summary>Exit codes of a server process. All commands of the command-line tool use the same codes.</summary>
internal enum ServerExit
{
    /// <summary>The server received a stop request, waited for running jobs and stopped.</summary>
    Done = 0,

    /// <summary>
    /// The server failed while running: the store or its disk failed, another process took over the store, or the
    /// server has a bug.
    /// </summary>
    Failed = 1,

    /// <summary>The options are not valid.</summary>
    Usage = 2,

    /// <summary>The user lacks a permission, for example the permission to write to the data folder.</summary>
    NotAllowed = 4,

    /// <summary>
    /// A resource is in use or unsuitable: for example, the folder or port is in use, the folder is on a network file
    /// system, or the store was written by a newer version.
    /// </summary>
    Refused = 6,

    /// <summary>The server received a request to stop immediately, without waiting for running jobs.</summary>
    Interrupted = 130,
}
