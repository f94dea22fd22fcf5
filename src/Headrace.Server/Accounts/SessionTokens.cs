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

    private static readonly Problem Ended = new(
        ProblemKinds.Unauthorized,
        "The refresh token is not valid, or the login has ended. Log in again: headrace login."
    );

    public async Task<Result<LoginReply>> StartAsync(HttpContext context, User user)
    {
        var refresh = RefreshToken.Create();
        var now = audit.Now;
        var document = new SessionDocument
        {
            User = user.Name,
            RefreshHash = refresh.Hash,
            Created = now,
            Expires = now + RefreshLifetime,
        };
        var writes = new List<RegistryWrite>
        {
            Put(refresh.Session, document, RegistryWrite.Absent),
            audit.Entry(user.Name, context, "log in", user.Name),
        };
        writes.AddRange(
            sessions
                .Of(user.Name)
                .SkipLast(MaxPerUser - 1)
                .Select(oldest => new RegistryWrite.Delete(SessionDocument.Kind, oldest.Id, RegistryWrite.AnyVersion))
                .Take(RegistryLimits.WritesPerCommand - writes.Count)
        );
        return await registry.WriteAsync(context.RequestAborted, writes) is { } failed
            ? failed
            : await ReplyAsync(user.Name, refresh, document, context.RequestAborted);
    }

    public async Task<Result<LoginReply>> RefreshAsync(HttpContext context, string text)
    {
        if (
            !RefreshToken.TryRead(text, out var used)
            || sessions.Find(used.Session) is not { } session
            || session.Document.Expires <= audit.Now
            || users.Find(session.Document.User) is not { IsEnabled: true } user
        )
            return Ended;
        if (!used.Matches(session.Document.RefreshHash))
        {
            if (used.Matches(session.Document.PreviousRefreshHash))
                await registry.WriteAsync(
                    context.RequestAborted,
                    new RegistryWrite.Delete(SessionDocument.Kind, session.Id, RegistryWrite.AnyVersion),
                    audit.Entry(user.Name, context, "end login", user.Name, after: "a refresh token was used twice")
                );
            return Ended;
        }
        var next = used.Next();
        var document = session.Document with
        {
            RefreshHash = next.Hash,
            PreviousRefreshHash = session.Document.RefreshHash,
            Expires = audit.Now + RefreshLifetime,
        };
        if (await registry.WriteAsync(context.RequestAborted, Put(session.Id, document, session.Version)) is { } failed)
            // Another request has just used the same token.
            return failed.Kind == ProblemKinds.VersionConflict ? Ended : failed;
        return await ReplyAsync(user.Name, next, document, context.RequestAborted);
    }

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

    private static RegistryWrite Put(string id, SessionDocument document, long expectedVersion) =>
        AccountWrites.Put(SessionDocument.Kind, id, document, SecurityJson.Default.SessionDocument, expectedVersion);
}
