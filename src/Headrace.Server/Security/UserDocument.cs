namespace Headrace.Server.Security;

/// <summary>A user in the registry, under its name. Contains a slow hash of the password.</summary>
internal sealed record UserDocument
{
    /// <summary>The kind of these documents in the registry.</summary>
    public const string Kind = "user";

    public required string PasswordHash { get; init; }

    /// <summary>The roles in text form.</summary>
    public required IReadOnlyList<string> Roles { get; init; }

    /// <summary>Maximum number of unfinished jobs; null for no limit.</summary>
    public long? MaxJobs { get; init; }

    /// <summary>Maximum size of the bodies and params of the unfinished jobs in bytes; null for no limit.</summary>
    public long? MaxBytes { get; init; }

    public bool Disabled { get; init; }

    public required DateTimeOffset Created { get; init; }
}
