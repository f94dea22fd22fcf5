using Headrace.Server.Http;
using Headrace.Server.Registry;
using Headrace.Server.Security;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Accounts;

/// <summary>
/// Verifies the password of a user. After failures, further attempts are delayed, and no two passwords are verified at
/// the same time: attempts in parallel therefore gain nothing over attempts one after another.
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
    /// <summary>The reply to a login with a wrong password, which is the same for a user who does not exist.</summary>
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
        // A delayed attempt is rejected at once, so that it does not wait in the place of another one.
        if (throttle.DelayOf(account, address) is { } delay)
            return Delayed(delay);
        using var turn = await queue.EnterAsync(address, context.RequestAborted);
        if (turn is null)
            return Busy;
        // The attempts before this one have ended by now.
        if (!throttle.TryBegin(account, address, out var attempt, out delay))
            return Delayed(delay);
        var user = users.Find(name);
        // An attempt counts even if the caller closes the connection, so nothing is cancelled from here on.
        var isRight = await Task.Run(() => passwords.Verify(user?.Document.PasswordHash, password));
        if (isRight && user is { IsEnabled: true })
        {
            throttle.Withdraw(attempt);
            return user;
        }
        // The next login does not wait for the commit.
        turn.Dispose();
        // Records only the 1st, 2nd, 4th, 8th failure and so on, so that password guessing does not fill the disk.
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
