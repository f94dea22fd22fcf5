using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Headrace.Server.Http;
using Microsoft.AspNetCore.Authentication;

namespace Headrace.Server.Security;

/// <summary>The keys of this server. Currently, this is only the admin key.</summary>
internal sealed class BearerKeys
{
    private const string Prefix = $"{BearerAuthentication.Scheme} ";

    private static readonly Task<AuthenticateResult> NoKey = Task.FromResult(AuthenticateResult.NoResult());

    private static readonly Task<AuthenticateResult> UnknownKey = Task.FromResult(
        AuthenticateResult.Fail("The key is not valid.")
    );

    /// <summary>
    /// SHA-256 of the key. Hashes of equal length are compared, so the duration of the comparison reveals nothing about
    /// the key.
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

    /// <summary>The identity of a caller with the admin key. All requests share this object.</summary>
    public ClaimsPrincipal Admin { get; }

    /// <summary>Returns the identity to which the key in an Authorization header belongs.</summary>
    public Task<AuthenticateResult> Check(string header)
    {
        if (header.Length == 0)
            return NoKey;
        return IsAdmin(header) ? _admin : UnknownKey;
    }

    /// <summary>Whether an Authorization header contains the admin key.</summary>
    public bool IsAdmin(string header)
    {
        if (!header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            return false;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(header[Prefix.Length..].Trim()), hash);
        return CryptographicOperations.FixedTimeEquals(hash, _expected);
    }
}
