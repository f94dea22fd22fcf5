using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Headrace.Server.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Security;

/// <summary>
/// Lets a request through that carries the admin's key or asks for a route that is open to all. Everything else is 401,
/// also an address that does not exist.
/// </summary>
internal sealed class BearerGate(RequestDelegate next, AdminIdentity admin)
{
    private const string Scheme = "Bearer ";

    /// <summary>
    /// SHA-256 of the key: what is compared has one length whatever was sent, so the comparison's time says nothing of
    /// the key.
    /// </summary>
    private readonly byte[] _expected = SHA256.HashData(Encoding.UTF8.GetBytes(admin.Key));
    private readonly ClaimsPrincipal _principal = new(
        new ClaimsIdentity([new Claim(ClaimTypes.Name, AdminIdentity.Name)], "Bearer")
    );

    public Task InvokeAsync(HttpContext context)
    {
        var sent = context.Request.Headers.Authorization.ToString();
        if (IsAdmin(sent))
        {
            context.User = _principal;
            return next(context);
        }
        if (context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            return next(context);
        context.Response.Headers.WWWAuthenticate = "Bearer";
        var detail =
            sent.Length == 0
                ? "The request carries no key."
                : "The key in the Authorization header is not one that this server knows.";
        return new Problem(ProblemKinds.Unauthorized, $"{detail} {ProblemKinds.Unauthorized.Remedy}").ExecuteAsync(
            context
        );
    }

    private bool IsAdmin(string header)
    {
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return false;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(header[Scheme.Length..].Trim()), hash);
        return CryptographicOperations.FixedTimeEquals(hash, _expected);
    }
}
