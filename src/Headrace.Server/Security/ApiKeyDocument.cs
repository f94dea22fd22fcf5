namespace Headrace.Server.Security;

/// <summary>
/// An API key in the registry. The name of the key is the id of the document, which contains the hash of the secret but
/// not the secret itself.
/// </summary>
internal sealed record ApiKeyDocument
{
    /// <summary>The kind of these documents in the registry.</summary>
    public const string Kind = "api-key";

    public required byte[] Hash { get; init; }

    /// <summary>The roles in text form. Empty for a worker key.</summary>
    public required IReadOnlyList<string> Roles { get; init; }

    /// <summary>Whether this is a worker key, for a worker on another machine.</summary>
    public bool IsWorker { get; init; }

    /// <summary>The pool to which a worker key is limited; null for any pool.</summary>
    public string? Pool { get; init; }

    /// <summary>
    /// The user on whose behalf the key acts; null if there is none. Such a key has only the permissions that both the
    /// key and the user have.
    /// </summary>
    public string? User { get; init; }

    /// <summary>
    /// The <see cref="UserDocument.Id"/> of that user, so that a later user with the same name does not inherit the
    /// key.
    /// </summary>
    public string? UserId { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required string CreatedBy { get; init; }

    public DateTimeOffset? Expires { get; init; }

    public DateTimeOffset? LastUsed { get; init; }

    /// <summary>The hash of the secret before the last rotation; null if that secret is no longer valid.</summary>
    public byte[]? PreviousHash { get; init; }

    public DateTimeOffset? PreviousValidUntil { get; init; }
}
