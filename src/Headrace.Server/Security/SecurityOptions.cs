namespace Headrace.Server.Security;

/// <summary>Authentication options.</summary>
internal sealed record SecurityOptions
{
    /// <summary>The algorithm that the server uses to sign login tokens.</summary>
    public TokenAlgorithm TokenAlgorithm { get; init; } = TokenAlgorithm.HS256;
}
