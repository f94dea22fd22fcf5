using System.Security.Cryptography;

namespace Headrace.Server.Security;

/// <summary>
/// A user in the registry. The user name is the id of the document, which contains a slow hash of the password.
/// </summary>
internal sealed record UserDocument
{
    /// <summary>The kind of these documents in the registry.</summary>
    public const string Kind = "user";

    /// <summary>
    /// Random text that distinguishes the user from earlier users with the same name; null if an earlier version of the
    /// server created the user.
    /// </summary>
    public string? Id { get; init; }

    public required string PasswordHash { get; init; }

    /// <summary>
    /// Random text that changes with the password; null if an earlier version of the server set the password. A login
    /// is valid as long as it has the same stamp.
    /// </summary>
    public string? SecurityStamp { get; init; }

    /// <summary>The roles in text form.</summary>
    public required IReadOnlyList<string> Roles { get; init; }

    /// <summary>Maximum number of unfinished jobs; null for no limit.</summary>
    public long? MaxJobs { get; init; }

    /// <summary>Maximum total size in bytes of the bodies and params of unfinished jobs; null for no limit.</summary>
    public long? MaxBytes { get; init; }

    public bool Disabled { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>Returns the user with a new password, which ends all of the user's logins.</summary>
    public UserDocument WithPassword(string hash) => this with { PasswordHash = hash, SecurityStamp = NewStamp() };

    /// <summary>Returns new random text for <see cref="Id"/> or <see cref="SecurityStamp"/>.</summary>
    public static string NewStamp() => RandomNumberGenerator.GetHexString(32, lowercase: true);
}
