namespace Headrace.Server.Security;

/// <summary>The options of authentication.</summary>
internal sealed record SecurityOptions
{
    /// <summary>The algorithm with which the server signs the tokens of logins.</summary>
    public TokenAlgorithm TokenAlgorithm { get; init; } = TokenAlgorithm.HS256;
}
