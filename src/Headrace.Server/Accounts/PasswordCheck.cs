using Headrace.Server.Http;
using Headrace.Server.Registry;
using Headrace.Server.Security;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Accounts;

/// <summary>Verifies the password of a user, with a delay after failures.</summary>
internal sealed class PasswordCheck(
    Users users,
    Passwords passwords,
    LoginThrottle throttle,
    IRegistry registry,
    AuditLog audit
)
{
    private static readonly Problem Wrong = new(
        ProblemKinds.Unauthorized,
        "The user name or the password is wrong, or the user is disabled."
    );

    /// <summary>Returns the user, or the reason why the login is rejected.</summary>
    public async Task<Result<User>> VerifyAsync(HttpContext context, string name, string password)
    {
        var address = context.Connection.RemoteIpAddress?.ToString() ?? "socket";
        var account = QuotedText.Clip(name);
        if (throttle.DelayOf(account, address) is { } delay)
            return new Problem(
                ProblemKinds.TooManyAttempts,
                $"{ProblemKinds.TooManyAttempts.Explanation} {ProblemKinds.TooManyAttempts.Remedy}"
            )
            {
                RetryAfter = delay,
            };
        var user = users.Find(name);
        if (
            await passwords.VerifyAsync(user?.Document.PasswordHash, password, context.RequestAborted)
            && user is { IsEnabled: true }
        )
        {
            throttle.OnSuccess(account);
            return user;
        }
        var failures = throttle.OnFailure(account, address);
        // Records only the 1st, 2nd, 4th, 8th failure and so on, so that password guessing does not fill the disk.
        if (int.IsPow2(failures))
            await registry.WriteAsync(
                context.RequestAborted,
                audit.Entry("anonymous", context, "fail to log in", account, after: $"failures={failures}")
            );
        return Wrong;
    }
}
