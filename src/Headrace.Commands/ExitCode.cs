using Headrace.Client;
using Headrace.Core;

namespace Headrace.Commands;

/// <summary>The exit codes of the program. Scripts depend on them, so a number never changes its meaning.</summary>
public static class ExitCode
{
    public const int Done = 0;
    public const int JobFailed = 1;
    public const int Usage = 2;
    public const int Unreachable = 3;
    public const int NotAllowed = 4;
    public const int NotFound = 5;
    public const int Refused = 6;

    /// <summary>EX_IOERR in sysexits.h.</summary>
    public const int OutputFailed = 74;
    public const int TimedOut = 124;
    public const int Interrupted = 130;

    /// <summary>The exit codes and their meanings, for the help text.</summary>
    public static readonly IReadOnlyList<(int Code, string Text)> Meanings =
    [
        (Done, "done"),
        (JobFailed, "a job failed or was cancelled; for up: the server failed"),
        (Usage, "invalid usage: options, files or parameters"),
        (Unreachable, "the server cannot be reached or had an internal error"),
        (NotAllowed, "access denied: wrong or missing key"),
        (NotFound, "not found: no such job, queue or method"),
        (
            Refused,
            "rejected: the state of the job, queue or server does not allow it, for example because a limit has been "
                + "reached, or a test message was not accepted"
        ),
        (OutputFailed, "standard output cannot be written; what the command requested may be done"),
        (TimedOut, "timed out"),
        (Interrupted, "interrupted"),
    ];

    /// <summary>
    /// Returns the exit code for a failure that the user can act on, or null for a bug, whose stack trace should be
    /// shown.
    /// </summary>
    public static int? FromException(Exception failure) =>
        failure switch
        {
            HeadraceProblemException problem => FromProblem(problem),
            InputTooLargeException => Refused,
            JobNotSucceededException => JobFailed,
            HeadraceException => Unreachable,
            OutputException => OutputFailed,
            TimeoutException => TimedOut,
            OperationCanceledException => Interrupted,
            UsageException or ArgumentException or IOException or UnauthorizedAccessException => Usage,
            _ => null,
        };

    /// <summary>Returns the exit code for a request that the server rejected.</summary>
    public static int FromProblem(HeadraceProblemException problem)
    {
        ArgumentNullException.ThrowIfNull(problem);
        return (problem.Status, problem.Name) switch
        {
            (401 or 403, _) => NotAllowed,
            (404, _) => NotFound,
            // The result was requested, and the job ended without one.
            (409, "no-result") => JobFailed,
            // The request is valid, but the state of a job, a queue or the server does not allow it.
            (409 or 413 or 429 or 503 or 507, _) or (422, "unstorable" or "key-reused") => Refused,
            ( >= 500, _) => Unreachable,
            _ => Usage,
        };
    }
}
