namespace Headrace.Protocol.Json;

/// <summary>The body of <c>POST /v1/keys</c>: creates an API key or a worker key.</summary>
public sealed record CreateKeyRequest
{
    /// <summary>The name of the key.</summary>
    public string? Name { get; init; }

    /// <summary>The roles: <c>viewer</c>, or <c>submitter=eu,us</c> for a role limited to queues.</summary>
    public IReadOnlyList<string>? Roles { get; init; }

    /// <summary>The user on whose behalf the key acts. Jobs submitted with the key then belong to that user.</summary>
    public string? User { get; init; }

    /// <summary>For a worker key, the pool that the worker must belong to.</summary>
    public string? Pool { get; init; }

    /// <summary>When the key expires; null for never.</summary>
    public DateTimeOffset? Expires { get; init; }
}

/// <summary>The body of <c>POST /v1/keys/{name}:rotate</c>.</summary>
public sealed record RotateKeyRequest
{
    /// <summary>
    /// How long the replaced key remains valid, for example <c>1h</c>. By default, it becomes invalid at once.
    /// </summary>
    public string? Grace { get; init; }
}

/// <summary>An API key. Only the reply to its creation or rotation contains the key itself.</summary>
public sealed record KeyReply
{
    public required string Name { get; init; }

    /// <summary>The key. It cannot be read again later.</summary>
    public string? Key { get; init; }

    public required IReadOnlyList<string> Roles { get; init; }

    public string? User { get; init; }

    public string? Pool { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required string CreatedBy { get; init; }

    public DateTimeOffset? Expires { get; init; }

    /// <summary>When the key was last used, to the minute; null if it was never used.</summary>
    public DateTimeOffset? LastUsed { get; init; }

    /// <summary>
    /// The time until which the key replaced by a rotation remains valid; null if it is no longer valid.
    /// </summary>
    public DateTimeOffset? PreviousValidUntil { get; init; }
}

/// <summary>The body of <c>POST /v1/users</c>.</summary>
public sealed record CreateUserRequest
{
    public string? Name { get; init; }

    public string? Password { get; init; }

    /// <summary>The roles: <c>viewer</c>, or <c>submitter=eu,us</c> for a role limited to queues.</summary>
    public IReadOnlyList<string>? Roles { get; init; }

    /// <summary>Maximum number of unfinished jobs; null for no limit.</summary>
    public long? MaxJobs { get; init; }

    /// <summary>Maximum size of the bodies and params of the unfinished jobs in bytes; null for no limit.</summary>
    public long? MaxBytes { get; init; }
}

/// <summary>The body of <c>PATCH /v1/users/{name}</c>. Absent members remain unchanged.</summary>
public sealed record ChangeUserRequest
{
    public IReadOnlyList<string>? Roles { get; init; }

    /// <summary>Maximum number of unfinished jobs; 0 for no limit.</summary>
    public long? MaxJobs { get; init; }

    /// <summary>Maximum size of the bodies and params of the unfinished jobs in bytes; 0 for no limit.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>True to reject all of the user's logins, tokens and keys.</summary>
    public bool? Disabled { get; init; }
}

/// <summary>The body of <c>PUT /v1/users/{name}/password</c>.</summary>
public sealed record ChangePasswordRequest
{
    /// <summary>The current password. An admin may omit it.</summary>
    public string? Current { get; init; }

    public string? Password { get; init; }
}

/// <summary>A user.</summary>
public sealed record UserReply
{
    public required string Name { get; init; }

    public required IReadOnlyList<string> Roles { get; init; }

    public long? MaxJobs { get; init; }

    public long? MaxBytes { get; init; }

    public bool? Disabled { get; init; }

    public required DateTimeOffset Created { get; init; }
}

/// <summary>The body of <c>POST /v1/login</c>.</summary>
public sealed record LoginRequest
{
    public string? User { get; init; }

    public string? Password { get; init; }
}

/// <summary>The body of <c>POST /v1/login:refresh</c> and <c>POST /v1/logout</c>.</summary>
public sealed record RefreshRequest
{
    public string? RefreshToken { get; init; }
}

/// <summary>The tokens of a login.</summary>
public sealed record LoginReply
{
    public required string User { get; init; }

    /// <summary>The bearer token for requests.</summary>
    public required string Token { get; init; }

    public required DateTimeOffset Expires { get; init; }

    /// <summary>The token for <c>POST /v1/login:refresh</c>. It can be used once.</summary>
    public required string RefreshToken { get; init; }

    public required DateTimeOffset RefreshExpires { get; init; }
}

/// <summary>The caller of a request, as identified by the server.</summary>
/// <param name="Name">The owner of the jobs that the caller submits.</param>
/// <param name="Roles">The roles of the caller.</param>
public sealed record CallerReply(string Name, IReadOnlyList<string> Roles);

/// <summary>A link that opens a browser session.</summary>
/// <param name="Path">The path of the link on the server. The link can be used once, within a minute.</param>
public sealed record SessionLinkReply(string Path);

/// <summary>A browser session.</summary>
/// <param name="Name">The caller on whose behalf the browser acts.</param>
/// <param name="Roles">The roles of the caller.</param>
/// <param name="AntiforgeryToken">The value of the <c>X-Headrace-Antiforgery</c> header.</param>
public sealed record SessionReply(string Name, IReadOnlyList<string> Roles, string AntiforgeryToken);

/// <summary>An entry in the audit log.</summary>
public sealed record AuditReply
{
    public required DateTimeOffset At { get; init; }

    /// <summary>The caller.</summary>
    public required string Who { get; init; }

    /// <summary>The address of the caller; null for the Unix socket.</summary>
    public string? From { get; init; }

    /// <summary>The action of the caller, for example <c>create key</c>.</summary>
    public required string Action { get; init; }

    /// <summary>The user or key that the action changed.</summary>
    public required string Target { get; init; }

    /// <summary>The state before the change; null if there was none.</summary>
    public string? Before { get; init; }

    /// <summary>The state after the change; null if there is none.</summary>
    public string? After { get; init; }
}

/// <summary>A page of the audit log, newest first.</summary>
/// <param name="Entries">The entries.</param>
/// <param name="Next">The value of <c>after</c> for the next page; null on the last page.</param>
public sealed record AuditPage(IReadOnlyList<AuditReply> Entries, string? Next);
