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
            "rejected: the queue is full, the input is too large, the store has no space left, or a test message was "
                + "not accepted"
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
            HeadraceProblemException
            {
                Status: 409,
                Name: "name-in-use" or "last-admin" or "version-conflict" or "not-retryable",
            } => Refused,
            HeadraceProblemException problem => FromStatus(problem.Status),
            InputTooLargeException => Refused,
            JobNotSucceededException => JobFailed,
            HeadraceException => Unreachable,
            OutputException => OutputFailed,
            TimeoutException => TimedOut,
            OperationCanceledException => Interrupted,
            UsageException or ArgumentException or IOException or UnauthorizedAccessException => Usage,
            _ => null,
        };

    public static int FromStatus(int status) =>
        status switch
        {
            401 or 403 => NotAllowed,
            404 => NotFound,
            // The server sends 409 to a command in only two cases: a job ended without a result, or a job had already
            // ended when its cancellation was requested.
            409 => JobFailed,
            413 or 429 or 503 => Refused,
            >= 500 => Unreachable,
            _ => Usage,
        };
}
