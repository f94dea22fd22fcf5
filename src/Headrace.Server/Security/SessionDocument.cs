namespace Headrace.Server.Security;

/// <summary>
/// A login in the registry, with a random id. The tokens of a login are valid as long as this document exists and
/// contains the current security stamp of the user.
/// </summary>
internal sealed record SessionDocument
{
    /// <summary>The kind of these documents in the registry.</summary>
    public const string Kind = "session";

    public required string User { get; init; }

    /// <summary>The security stamp that the user had when the login began.</summary>
    public string? SecurityStamp { get; init; }

    /// <summary>The hash of the current refresh token.</summary>
    public required byte[] RefreshHash { get; init; }

    /// <summary>
    /// The hash of the previous refresh token. If that token is used again, it has been copied, and the login ends.
    /// </summary>
    public byte[]? PreviousRefreshHash { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>When the refresh token expires.</summary>
    public required DateTimeOffset Expires { get; init; }
}
