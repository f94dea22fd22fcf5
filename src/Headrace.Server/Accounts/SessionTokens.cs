using Headrace.Core.Registry;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Headrace.Server.Registry;
using Headrace.Server.Security;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Accounts;

/// <summary>Starts logins and issues their tokens.</summary>
internal sealed class SessionTokens(
    IRegistry registry,
    Users users,
    Sessions sessions,
    LoginTokens tokens,
    AuditLog audit
)
{
    /// <summary>
    /// How long a refresh token is valid. A login that is refreshed at least this often never expires.
    /// </summary>
    public static readonly TimeSpan RefreshLifetime = TimeSpan.FromDays(30);

    /// <summary>Maximum number of concurrent logins of a user. A further login ends the oldest one.</summary>
    public const int MaxPerUser = 32;

    /// <summary>
    /// Maximum number of attempts to write a login while other requests change the user or the user's other logins.
    /// Each such request needs a commit, so more conflicts than this are unlikely.
    /// </summary>
    private const int MaxWrites = 8;

    private static readonly Problem Ended = new(
        ProblemKinds.Unauthorized,
        "The refresh token is not valid, or the login has ended. Log in again: headrace login."
    );

    /// <summary>
    /// Starts a login of a user whose password has been verified. The login is written only if the user is unchanged. A
    /// login is rejected if, while it was waiting, the password was changed or the user was removed.
    /// </summary>
    public async Task<Result<LoginReply>> StartAsync(HttpContext context, User verified)
    {
        var refresh = RefreshToken.Create();
        var now = audit.Now;
        var document = new SessionDocument
        {
            User = verified.Name,
            SecurityStamp = verified.Document.SecurityStamp,
            RefreshHash = refresh.Hash,
            Created = now,
            Expires = now + RefreshLifetime,
        };
        var result = await WriteAsync(
            document,
            user =>
            {
                var writes = new List<RegistryWrite>
                {
                    Put(refresh.Session, document, RegistryWrite.Absent),
                    AccountWrites.Expect(user),
                    audit.Entry(user.Name, context, "log in", user.Name),
                };
                writes.AddRange(
                    sessions
                        .Of(user.Name)
                        .SkipLast(MaxPerUser - 1)
                        .Select(oldest => Delete(oldest.Id))
                        .Take(RegistryLimits.WritesPerCommand - writes.Count)
                );
                return writes;
            },
            // Another login may have ended the oldest one at the same time.
            conflict => conflict.Id != refresh.Session,
            context.RequestAborted
        );
        return result is null ? PasswordCheck.Wrong
            : result.ToProblem() is { } failed ? failed
            : await ReplyAsync(verified.Name, refresh, document, context.RequestAborted);
    }

    public async Task<Result<LoginReply>> RefreshAsync(HttpContext context, string text)
    {
        if (
            !RefreshToken.TryRead(text, out var used)
            || sessions.Find(used.Session) is not { } session
            || session.Document.Expires <= audit.Now
        )
            return Ended;
        if (!used.Matches(session.Document.RefreshHash))
        {
            if (used.Matches(session.Document.PreviousRefreshHash))
                await EndCopiedAsync(context, session);
            return Ended;
        }
        var next = used.Next();
        var document = session.Document with
        {
            RefreshHash = next.Hash,
            PreviousRefreshHash = session.Document.RefreshHash,
            Expires = audit.Now + RefreshLifetime,
        };
        var result = await WriteAsync(
            document,
            user => [Put(session.Id, document, session.Version), AccountWrites.Expect(user)],
            conflict => conflict.Kind == UserDocument.Kind,
            context.RequestAborted
        );
        if (result is null)
            return Ended;
        if (result is WriteResult.Conflict { Kind: SessionDocument.Kind })
        {
            // Only another use of the same token can have changed the login since it was read.
            await EndCopiedAsync(context, session);
            return Ended;
        }
        return result.ToProblem() is { } failed
            ? failed
            : await ReplyAsync(session.Document.User, next, document, context.RequestAborted);
    }

    /// <summary>
    /// Writes a login for its user. After a conflict that permits it, reads the user again and repeats the write.
    /// Returns null if the login does not belong to that user, or the user is disabled.
    /// </summary>
    private async Task<WriteResult?> WriteAsync(
        SessionDocument login,
        Func<User, IReadOnlyList<RegistryWrite>> writesFor,
        Func<WriteResult.Conflict, bool> mayRepeat,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            if (users.Find(login.User) is not { IsEnabled: true } user || !user.Owns(login))
                return null;
            var result = await registry.WriteAsync(writesFor(user), cancellationToken);
            if (attempt == MaxWrites || result is not WriteResult.Conflict conflict || !mayRepeat(conflict))
                return result;
        }
    }

    /// <summary>
    /// Ends a login whose refresh token was used twice. It is not an error if the login has already ended.
    /// </summary>
    private async Task EndCopiedAsync(HttpContext context, Session session) =>
        await registry.WriteAsync(
            // A thief of the token must not be able to prevent this write by closing the connection.
            CancellationToken.None,
            Delete(session.Id),
            audit.Entry(
                session.Document.User,
                context,
                "end login",
                session.Document.User,
                after: "a refresh token was used twice"
            )
        );

    private async Task<LoginReply> ReplyAsync(
        string user,
        RefreshToken refresh,
        SessionDocument document,
        CancellationToken cancellationToken
    )
    {
        var (token, expires) = await tokens.IssueAsync(user, refresh.Session, cancellationToken);
        return new LoginReply
        {
            User = user,
            Token = token,
            Expires = expires,
            RefreshToken = refresh.Text,
            RefreshExpires = document.Expires,
        };
    }

    private static RegistryWrite.Delete Delete(string session) =>
        new(SessionDocument.Kind, session, RegistryWrite.AnyVersion);

    private static RegistryWrite Put(string id, SessionDocument document, long expectedVersion) =>
        AccountWrites.Put(SessionDocument.Kind, id, document, SecurityJson.Default.SessionDocument, expectedVersion);
}
