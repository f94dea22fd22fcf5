using Headrace.Server.Http;
using Headrace.Server.Registry;
using Headrace.Server.Security;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Accounts;

/// <summary>
/// Verifies the password of a user. After failures, further attempts are delayed, and only one password is verified at
/// a time, so parallel attempts are no faster than sequential ones.
/// </summary>
internal sealed class PasswordCheck(
    Users users,
    Passwords passwords,
    LoginQueue queue,
    LoginThrottle throttle,
    IRegistry registry,
    AuditLog audit
)
{
    /// <summary>
    /// The reply to a failed login. It is the same for a wrong password and for a user who does not exist.
    /// </summary>
    public static readonly Problem Wrong = new(
        ProblemKinds.Unauthorized,
        "The user name or the password is wrong, or the user is disabled."
    );

    private static readonly Problem Busy = new(
        ProblemKinds.TooManyAttempts,
        "Too many other logins are waiting to be checked. Try again after the time in Retry-After."
    )
    {
        RetryAfter = TimeSpan.FromSeconds(1),
    };

    /// <summary>Returns the user, or the reason why the login is rejected.</summary>
    public async Task<Result<User>> VerifyAsync(HttpContext context, string name, string password)
    {
        var address = context.Connection.RemoteIpAddress?.ToString() ?? "socket";
        var account = QuotedText.Clip(name);
        // An attempt during a delay is rejected before it enters the queue, so that it does not take the place of
        // another one.
        if (throttle.DelayOf(account, address) is { } delay)
            return Delayed(delay);
        using var turn = await queue.EnterAsync(address, context.RequestAborted);
        if (turn is null)
            return Busy;
        // Checks the delay again, because earlier attempts may have failed while this one was waiting.
        if (!throttle.TryBegin(account, address, out var attempt, out delay))
            return Delayed(delay);
        var user = users.Find(name);
        // An attempt counts even if the caller closes the connection, so the remaining steps cannot be cancelled.
        var isRight = await Task.Run(() => passwords.Verify(user?.Document.PasswordHash, password));
        if (isRight && user is { IsEnabled: true })
        {
            throttle.Withdraw(attempt);
            return user;
        }
        // Lets the next login begin before the commit below.
        turn.Dispose();
        // Records only failures 1, 2, 4, 8 and so on, so that password guessing does not fill the disk.
        if (int.IsPow2(attempt.Failures))
            await registry.WriteAsync(
                CancellationToken.None,
                audit.Entry("anonymous", context, "fail to log in", account, after: $"failures={attempt.Failures}")
            );
        return Wrong;
    }

    private static Problem Delayed(TimeSpan delay) =>
        new(
            ProblemKinds.TooManyAttempts,
            $"{ProblemKinds.TooManyAttempts.Explanation} {ProblemKinds.TooManyAttempts.Remedy}"
        )
        {
            RetryAfter = delay,
        };
}
