namespace Headrace.Protocol.Local;

/// <summary>
/// Defines the interface between the supervisor and the local worker processes that it starts: environment variables
/// and exit codes.
/// </summary>
public static class WorkerProcess
{
    /// <summary>The address of the server: <c>http://host:port</c> or <c>unix:/path/to.sock</c>.</summary>
    public const string Server = "HEADRACE_SERVER";

    public const string Key = "HEADRACE_KEY";

    /// <summary>
    /// The number of an inherited file descriptor, such as <c>0</c>, from which the worker reads its key up to the end
    /// of the file. Unlike the environment, it cannot be read by other processes. It takes precedence over
    /// <see cref="Key"/>.
    /// </summary>
    public const string KeyDescriptor = "HEADRACE_KEY_FD";

    /// <summary>
    /// The name of the worker. By default, it is derived from the host name, the process id and a random number.
    /// </summary>
    public const string Name = "HEADRACE_WORKER";

    /// <summary>
    /// The incarnation: 16 hexadecimal digits. The supervisor sets it so that it can report which incarnation exited.
    /// Default: random.
    /// </summary>
    public const string Incarnation = "HEADRACE_INCARNATION";

    /// <summary>The pool that the worker belongs to.</summary>
    public const string Pool = "HEADRACE_POOL";

    /// <summary>
    /// How long a worker tries to reconnect to an unreachable server before it exits, such as <c>5s</c>.
    /// </summary>
    public const string OrphanGrace = "HEADRACE_ORPHAN_GRACE";

    /// <summary>
    /// Exit code of a worker that drained or was asked to stop. It does not count as a crash.
    /// </summary>
    public const int StoppedOnRequest = 0;

    /// <summary>
    /// Exit code of a worker that held no jobs because the server rejected its attempt to join. Starting the worker
    /// again later may help, for example when its name is no longer in use.
    /// </summary>
    public const int Refused = 1;

    /// <summary>
    /// Exit code of a worker that was not asked to stop: the server terminated the worker or remained unreachable, or a
    /// method ignored its cancellation. The worker's outcomes are reported, or it no longer holds its jobs, so this
    /// does not count as a crash. A supervisor may start the worker again at once (EX_TEMPFAIL of sysexits.h).
    /// </summary>
    public const int Terminated = 75;

    /// <summary>Exit code of a worker whose settings are invalid. Starting the worker again does not help.</summary>
    public const int Unusable = 64;
}
