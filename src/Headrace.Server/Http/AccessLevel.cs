namespace Headrace.Server.Http;

/// <summary>
/// The permission that a route requires. Each level except <see cref="Public"/> is an authorization policy with the
/// same name. The role table defines which callers satisfy the policy.
/// </summary>
internal enum AccessLevel
{
    /// <summary>No key is required.</summary>
    Public,

    /// <summary>Exchange messages with the server as a worker.</summary>
    Worker,

    /// <summary>Submit and cancel jobs.</summary>
    Submit,

    /// <summary>
    /// Read jobs, results, queues, methods, workers and pools. Which jobs and queues are visible depends on the caller.
    /// </summary>
    Read,

    /// <summary>Control queues, pools and workers.</summary>
    Operate,

    /// <summary>Manage users and keys, and all other operations.</summary>
    Admin,
}
