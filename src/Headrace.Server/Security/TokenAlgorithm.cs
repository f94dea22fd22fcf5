namespace Headrace.Server.Security;

/// <summary>The algorithm that the server uses to sign tokens.</summary>
public enum TokenAlgorithm
{
    /// <summary>HMAC with SHA-256. Only servers on the same store can verify the tokens.</summary>
    HS256,

    /// <summary>RSA with SHA-256.</summary>
    RS256,

    /// <summary>ECDSA over P-256 with SHA-256.</summary>
    ES256,
}
