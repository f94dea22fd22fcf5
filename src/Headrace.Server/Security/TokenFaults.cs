using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Headrace.Server.Security;

/// <summary>Describes why a token is not valid. The description does not contain the token.</summary>
internal static class TokenFaults
{
    public static string Describe(Exception? fault, JsonWebToken token) =>
        fault switch
        {
            SecurityTokenInvalidAudienceException => "The token is for another audience, not for this server.",
            SecurityTokenInvalidLifetimeException when token.ValidTo == DateTime.MinValue =>
                "The token has no expiry. Log in again: headrace login.",
            SecurityTokenExpiredException or SecurityTokenInvalidLifetimeException => TokenCredentials
                .Expired(new DateTimeOffset(token.ValidTo, TimeSpan.Zero))
                .Fault!,
            SecurityTokenNotYetValidException => "The token is not valid yet. Check the clocks of both machines.",
            SecurityTokenInvalidIssuerException => "The token is from an issuer that this server does not know.",
            _ => "The token's signature is not valid.",
        };
}
