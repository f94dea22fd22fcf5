using Headrace.Core;
using Headrace.Server.Access;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Headrace.Server.Security;

/// <summary>
/// Verifies the tokens of an identity provider. The provider's keys are read through its discovery document when they
/// are first needed, then every few hours, and whenever a token names an unknown key.
/// </summary>
internal sealed partial class OidcTokens : ITokenIssuer
{
    /// <summary>The start of the owner name of jobs that users of the identity provider submit.</summary>
    public const string OwnerPrefix = "oidc:";

    /// <summary>Maximum difference between the clocks of the provider and this machine.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(1);

    /// <summary>Maximum length of a user name. A token with a longer name is rejected.</summary>
    private const int MaxNameLength = 200;

    private readonly OidcOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<OidcTokens> _logger;
    private readonly JsonWebTokenHandler _handler = new();
    private readonly ConfigurationManager<OpenIdConnectConfiguration> _configuration;

    public OidcTokens(OidcOptions options, TimeProvider time, ILogger<OidcTokens> logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _configuration = new ConfigurationManager<OpenIdConnectConfiguration>(
            $"{options.Issuer.TrimEnd('/')}/.well-known/openid-configuration",
            new OpenIdConnectConfigurationRetriever(),
            // The options permit HTTP only for this machine.
            new HttpDocumentRetriever { RequireHttps = options.Issuer.StartsWith("https:", StringComparison.Ordinal) }
        );
    }

    public bool Issues(string issuer) => issuer == _options.Issuer;

    public async Task<TokenVerification> VerifyAsync(JsonWebToken token, CancellationToken cancellationToken)
    {
        try
        {
            var result = await ValidateAsync(token, cancellationToken);
            if (result.Exception is SecurityTokenSignatureKeyNotFoundException)
            {
                // The provider may have replaced its keys, so they are read again. The configuration manager limits how
                // often this happens.
                _configuration.RequestRefresh();
                result = await ValidateAsync(token, cancellationToken);
            }
            return result.IsValid
                ? Accept(token)
                : TokenVerification.Invalid(TokenFaults.Describe(result.Exception, token));
        }
        catch (InvalidOperationException unreachable)
        {
            IssuerUnreachable(_options.Issuer, unreachable.GetBaseException().Message);
            throw new MailboxClosedException(
                $"The keys of the identity provider {_options.Issuer} cannot be read. See the server's log.",
                TimeSpan.FromSeconds(5)
            );
        }
    }

    private async Task<TokenValidationResult> ValidateAsync(JsonWebToken token, CancellationToken cancellationToken)
    {
        var provider = await _configuration.GetConfigurationAsync(cancellationToken);
        return await _handler.ValidateTokenAsync(
            token,
            new TokenValidationParameters
            {
                ValidIssuer = _options.Issuer,
                ValidAudience = _options.Audience,
                IssuerSigningKeys = provider.SigningKeys,
                // Only public-key signatures are accepted. The client secret must never be accepted as a signing key.
                ValidAlgorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"],
                LifetimeValidator = (notBefore, expires, _, _) =>
                    notBefore >= (_time.GetUtcNow() + ClockSkew).UtcDateTime
                        ? throw new SecurityTokenNotYetValidException()
                        : expires > (_time.GetUtcNow() - ClockSkew).UtcDateTime,
            }
        );
    }

    private TokenVerification Accept(JsonWebToken token)
    {
        var name = token.TryGetClaim(_options.NameClaim, out var claim) ? claim.Value : "";
        if (name.Length is 0 or > MaxNameLength || name.Any(c => c is <= ' ' or > '~'))
            return TokenVerification.Invalid(
                $"The token's '{_options.NameClaim}' claim must be a name of 1 to {MaxNameLength} printable characters."
            );
        var grants = token
            .Claims.Where(one => one.Type == _options.GroupsClaim)
            .Select(one => _options.Roles.TryGetValue(one.Value, out var role) ? role : null)
            .Select(role => Grant.TryParse(role, out var grant) ? grant : null)
            .OfType<Grant>()
            .ToList();
        return grants.Count == 0
            ? TokenVerification.Invalid(
                $"No group in the token's '{_options.GroupsClaim}' claim has a role on this server. Ask an admin "
                    + "to add the group to the oidc:roles setting."
            )
            : TokenVerification.Valid(
                new OidcToken(
                    new Caller(OwnerPrefix + name, grants),
                    new DateTimeOffset(token.ValidTo, TimeSpan.Zero) + ClockSkew
                )
            );
    }

    /// <summary>
    /// A verified token from the provider. Its permissions do not change until it expires, because only the provider
    /// knows the user's groups.
    /// </summary>
    private sealed record OidcToken(Caller Caller, DateTimeOffset Expires) : VerifiedToken(Expires)
    {
        public override CredentialCheck Check() => CredentialCheck.Of(Caller);
    }

    [LoggerMessage(LogLevel.Warning, "The keys of the identity provider {Issuer} cannot be read: {Why}")]
    private partial void IssuerUnreachable(string issuer, string why);
}
