namespace Headrace.Server.Access;

/// <summary>A role. <see cref="RoleTable"/> defines what each role permits.</summary>
internal enum Role
{
    /// <summary>Reads every job.</summary>
    Viewer,

    /// <summary>Submits jobs, and reads and cancels its own.</summary>
    Submitter,

    /// <summary>Reads and cancels every job.</summary>
    Operator,

    /// <summary>Manages users and keys.</summary>
    Admin,

    /// <summary>Runs jobs. Only the keys of workers have this role.</summary>
    Worker,
}
