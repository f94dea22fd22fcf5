using Headrace.Core;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Headrace.Server.Security;

/// <summary>
/// The tokens that this server issues when a user logs in. A token names the user and the login. The user's permissions
/// are read from the registry for each request, so that a change takes effect immediately.
/// </summary>
internal sealed class LoginTokens(
    SigningKeys keys,
    IJobStore jobStore,
    Users users,
    Sessions sessions,
    TimeProvider time
) : ITokenIssuer
{
    /// <summary>How long a token is valid. The client then refreshes it.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    /// <summary>Maximum difference between the clocks of servers on the same store.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };

    /// <summary>The issuer and the audience of the tokens. Only servers on the same store accept them.</summary>
    private readonly string _issuer = $"headrace:{jobStore.Store.Id.Text}";

    public bool Issues(string issuer) => issuer.StartsWith("headrace:", StringComparison.Ordinal);

    public async Task<(string Token, DateTimeOffset Expires)> IssueAsync(
        string user,
        string session,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        var expires = now + Lifetime;
        var token = _handler.CreateToken(
            new SecurityTokenDescriptor
            {
                Issuer = _issuer,
                Audience = _issuer,
                IssuedAt = now.UtcDateTime,
                Expires = expires.UtcDateTime,
                Claims = new Dictionary<string, object>
                {
                    [JwtRegisteredClaimNames.Sub] = user,
                    [JwtRegisteredClaimNames.Sid] = session,
                },
                SigningCredentials = await keys.CurrentAsync(cancellationToken),
            }
        );
        return (token, expires);
    }

    public async Task<TokenVerification> VerifyAsync(JsonWebToken token, CancellationToken cancellationToken)
    {
        if (token.Issuer != _issuer)
            return TokenVerification.Invalid(
                "The token was issued by a server with another store. Log in to this server."
            );
        var credentials = keys.All;
        var result = await _handler.ValidateTokenAsync(
            token,
            new TokenValidationParameters
            {
                ValidIssuer = _issuer,
                ValidAudience = _issuer,
                IssuerSigningKeys = credentials.Select(credential => credential.Key),
                ValidAlgorithms = credentials.Select(credential => credential.Algorithm),
                LifetimeValidator = (_, expires, _, _) => expires > (time.GetUtcNow() - ClockSkew).UtcDateTime,
            }
        );
        if (!result.IsValid)
            return TokenVerification.Invalid(TokenFaults.Describe(result.Exception, token));
        if (!token.TryGetPayloadValue<string>(JwtRegisteredClaimNames.Sid, out var session))
            return TokenVerification.Invalid(
                "The token does not identify a login session. Log in again: headrace login."
            );
        return TokenVerification.Valid(
            new LoginToken(users, sessions, token.Subject, session, new DateTimeOffset(token.ValidTo, TimeSpan.Zero))
        );
    }

    private static readonly CredentialCheck Ended = CredentialCheck.Invalid(
        "The login has ended. Log in again: headrace login."
    );

    private sealed record LoginToken(
        Users Users,
        Sessions Sessions,
        string User,
        string Session,
        DateTimeOffset Expires
    ) : VerifiedToken(Expires + ClockSkew)
    {
        public override CredentialCheck Check() =>
            Sessions.Find(Session) is not { } session ? Ended
            : Users.Find(User) is not { IsEnabled: true } user
                ? CredentialCheck.Invalid($"The user '{User}' does not exist or is disabled.")
            : user.Owns(session.Document) ? CredentialCheck.Of(user.Caller)
            : Ended;
    }
}
