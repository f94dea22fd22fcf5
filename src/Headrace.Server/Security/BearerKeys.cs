using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Headrace.Server.Http;
using Microsoft.AspNetCore.Authentication;

namespace Headrace.Server.Security;

/// <summary>The keys that this server knows: one, the admin's.</summary>
internal sealed class BearerKeys
{
    private const string Prefix = $"{BearerAuthentication.Scheme} ";

    private static readonly Task<AuthenticateResult> NoKey = Task.FromResult(AuthenticateResult.NoResult());

    private static readonly Task<AuthenticateResult> UnknownKey = Task.FromResult(
        AuthenticateResult.Fail("The key is unknown.")
    );

    /// <summary>
    /// SHA-256 of the key: what is compared has one length whatever was sent, so the time of the comparison says
    /// nothing about the key.
    /// </summary>
    private readonly byte[] _expected;

    private readonly Task<AuthenticateResult> _admin;

    public BearerKeys(AdminIdentity admin)
    {
        _expected = SHA256.HashData(Encoding.UTF8.GetBytes(admin.Key));
        Admin = new ClaimsPrincipal(
            new ClaimsIdentity(
                [new Claim(ClaimTypes.Name, AdminIdentity.Name), new Claim(ClaimTypes.Role, nameof(AccessLevel.Admin))],
                BearerAuthentication.Scheme
            )
        );
        _admin = Task.FromResult(
            AuthenticateResult.Success(new AuthenticationTicket(Admin, BearerAuthentication.Scheme))
        );
    }

    /// <summary>The caller who sends the admin's key; one object for every request.</summary>
    public ClaimsPrincipal Admin { get; }

    /// <summary>Whose key an Authorization header carries.</summary>
    public Task<AuthenticateResult> Check(string header)
    {
        if (header.Length == 0)
            return NoKey;
        return IsAdmin(header) ? _admin : UnknownKey;
    }

    /// <summary>Whether an Authorization header carries the admin's key.</summary>
    public bool IsAdmin(string header)
    {
        if (!header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            return false;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(header[Prefix.Length..].Trim()), hash);
        return CryptographicOperations.FixedTimeEquals(hash, _expected);
    }
}
