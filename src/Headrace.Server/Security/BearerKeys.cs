using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Headrace.Server.Http;
using Microsoft.AspNetCore.Authentication;

namespace Headrace.Server.Security;

/// <summary>The keys of this server: the admin key, and the keys of local workers.</summary>
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
    private readonly WorkerKeys _workers;

    public BearerKeys(AdminIdentity admin, WorkerKeys workers)
    {
        _workers = workers;
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
        if (IsAdmin(header))
            return _admin;
        return WorkerOf(header) is { } worker
            ? Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(worker, BearerAuthentication.Scheme)))
            : UnknownKey;
    }

    /// <summary>
    /// Returns the worker to whose key an Authorization header belongs; null if it contains no key of a worker.
    /// </summary>
    public WorkerCaller? WorkerOf(string header) =>
        header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
            ? _workers.Check(header.AsSpan(Prefix.Length).Trim())
            : null;

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
