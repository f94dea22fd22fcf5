namespace Headrace.Server.Http;

/// <summary>
/// What a caller needs for a route. Each level but <see cref="Public"/> is an authorization policy of that name; an
/// admin passes all of them.
/// </summary>
internal enum AccessLevel
{
    /// <summary>No key.</summary>
    Public,

    /// <summary>Exchange with the server as a worker.</summary>
    Worker,

    /// <summary>Submit jobs and cancel them.</summary>
    Submit,

    /// <summary>Read jobs, results, queues, methods, workers and pools.</summary>
    Read,

    /// <summary>Everything else.</summary>
    Admin,
}
