namespace Headrace.Server.Access;

/// <summary>A role. <see cref="RoleTable"/> defines what each role permits.</summary>
internal enum Role
{
    /// <summary>Reads every job.</summary>
    Viewer,

    /// <summary>Submits jobs, and reads and cancels the caller's own jobs.</summary>
    Submitter,

    /// <summary>Reads and cancels every job.</summary>
    Operator,

    /// <summary>Manages users and keys.</summary>
    Admin,

    /// <summary>Runs jobs. Only worker keys have this role.</summary>
    Worker,
}
