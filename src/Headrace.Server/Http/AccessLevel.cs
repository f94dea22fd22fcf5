namespace Headrace.Server.Http;

/// <summary>
/// The permission that a route requires. Each level except <see cref="Public"/> is an authorization policy of the same
/// name; an admin satisfies all of them.
/// </summary>
internal enum AccessLevel
{
    /// <summary>No key is required.</summary>
    Public,

    /// <summary>Exchange messages with the server as a worker.</summary>
    Worker,

    /// <summary>Submit and cancel jobs.</summary>
    Submit,

    /// <summary>Read jobs, results, queues, methods, workers and pools.</summary>
    Read,

    /// <summary>All other operations.</summary>
    Admin,
}
