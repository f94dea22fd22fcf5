using Microsoft.IdentityModel.JsonWebTokens;

namespace Headrace.Server.Security;

/// <summary>An issuer of JSON Web Tokens that this server accepts.</summary>
internal interface ITokenIssuer
{
    /// <summary>Returns whether this instance verifies tokens issued by <paramref name="issuer"/>.</summary>
    bool Issues(string issuer);

    /// <summary>
    /// Verifies the signature, the audience and the expiry of a token. Returns the token, or the reason why it is not
    /// valid.
    /// </summary>
    Task<TokenVerification> VerifyAsync(JsonWebToken token, CancellationToken cancellationToken);
}

/// <summary>A verified token, or the reason why a token is not valid.</summary>
internal readonly record struct TokenVerification(VerifiedToken? Token, string? Fault)
{
    public static TokenVerification Valid(VerifiedToken token) => new(token, null);

    public static TokenVerification Invalid(string fault) => new(null, fault);
}

/// <summary>A token whose signature has been verified. The caller is determined again for each request.</summary>
internal abstract record VerifiedToken(DateTimeOffset Expires)
{
    /// <summary>Returns the current caller, or the reason why the token is no longer valid.</summary>
    public abstract CredentialCheck Check();
}
