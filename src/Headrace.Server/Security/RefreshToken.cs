using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Headrace.Server.Security;

/// <summary>The refresh token of a login: the id of the login and a secret.</summary>
internal sealed class RefreshToken
{
    private readonly string _secret;

    private RefreshToken(string session, string secret) => (Session, _secret) = (session, secret);

    public string Session { get; }

    public byte[] Hash => SecretText.Hash(_secret);

    /// <summary>The text form of the token, as stored by the client.</summary>
    public string Text => NamedSecret.Of(NamedSecret.RefreshToken, Session, _secret);

    /// <summary>Creates the first token of a new login.</summary>
    public static RefreshToken Create() =>
        new(RandomNumberGenerator.GetHexString(32, lowercase: true), SecretText.Create());

    /// <summary>Creates the next token of the same login.</summary>
    public RefreshToken Next() => new(Session, SecretText.Create());

    public bool Matches(byte[]? hash) => hash is not null && SecretText.Matches(_secret, hash);

    public static bool TryRead(string text, [NotNullWhen(true)] out RefreshToken? token)
    {
        token =
            NamedSecret.TryRead(NamedSecret.RefreshToken, text, out var session, out var secret) && !secret.IsEmpty
                ? new RefreshToken(session.ToString(), secret.ToString())
                : null;
        return token is not null;
    }
}
