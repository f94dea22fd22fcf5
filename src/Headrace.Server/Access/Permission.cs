namespace Headrace.Server.Access;

/// <summary>An action that a role may permit; see <see cref="RoleTable"/>.</summary>
internal enum Permission
{
    /// <summary>Submit jobs, and cancel one's own.</summary>
    Submit,

    /// <summary>Read one's own jobs, and the queues, methods, workers and pools.</summary>
    Read,

    /// <summary>Read the jobs of other callers.</summary>
    ReadOthers,

    /// <summary>Cancel the jobs of other callers.</summary>
    CancelOthers,

    /// <summary>Control the server's queues, pools and workers.</summary>
    Operate,

    /// <summary>Manage users and keys, and read the audit log.</summary>
    Administer,

    /// <summary>Exchange messages with the server as a worker.</summary>
    Exchange,
}
