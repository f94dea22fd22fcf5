namespace Headrace.Server.Security;

/// <summary>The keys in the registry that this server uses to sign tokens, starting with the current key.</summary>
internal sealed record SigningKeysDocument(IReadOnlyList<SigningKeyEntry> Keys)
{
    /// <summary>The kind of the document in the registry.</summary>
    public const string Kind = "secret";

    public const string Id = "signing-keys";

    /// <summary>Omits the keys. The record's generated ToString method would include them.</summary>
    public override string ToString() => Id;
}

/// <summary>One signing key.</summary>
/// <param name="Id">The id of the key, which token headers contain.</param>
/// <param name="Algorithm">The signature algorithm.</param>
/// <param name="Secret">32 random bytes for HS256, or the private key (PKCS #8) for the other algorithms.</param>
/// <param name="Created">When the key was created.</param>
internal sealed record SigningKeyEntry(string Id, TokenAlgorithm Algorithm, byte[] Secret, DateTimeOffset Created)
{
    /// <summary>Omits the secret. The record's generated ToString method would include it.</summary>
    public override string ToString() => Id;
}
