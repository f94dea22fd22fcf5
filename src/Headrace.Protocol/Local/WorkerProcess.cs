namespace Headrace.Protocol.Local;

/// <summary>
/// The agreement between a server's supervisor and the local worker processes it starts: environment and exit codes.
/// </summary>
public static class WorkerProcess
{
    /// <summary>Where the server is: <c>http://host:port</c> or <c>unix:/path/to.sock</c>.</summary>
    public const string Server = "HEADRACE_SERVER";

    /// <summary>The bearer key.</summary>
    public const string Key = "HEADRACE_KEY";

    /// <summary>The worker's name; made from host and process id where absent.</summary>
    public const string Name = "HEADRACE_WORKER";

    /// <summary>
    /// The incarnation, 16 hex digits, so that who started the process can say which incarnation died; random where
    /// absent.
    /// </summary>
    public const string Incarnation = "HEADRACE_INCARNATION";

    /// <summary>The pool it belongs to.</summary>
    public const string Pool = "HEADRACE_POOL";

    /// <summary>How long a worker looks for a server that is gone before it ends, such as <c>5s</c>.</summary>
    public const string OrphanGrace = "HEADRACE_ORPHAN_GRACE";

    /// <summary>
    /// Exit code of a worker that was told to end, drain or stop, or found its server gone for good: it did not die.
    /// </summary>
    public const int EndedAsTold = 0;

    /// <summary>
    /// Exit code of a worker that ended itself because a method ignored its cancellation; its outcomes are reported, so
    /// it did not die either.
    /// </summary>
    public const int MethodIgnoredCancel = 75;

    /// <summary>Exit code of a worker whose settings cannot be used; starting it again does not help.</summary>
    public const int Unusable = 64;
}
