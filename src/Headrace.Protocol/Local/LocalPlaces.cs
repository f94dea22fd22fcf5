namespace Headrace.Protocol.Local;

/// <summary>
/// Where things lie for one user on one machine, by the XDG rules. Server, worker and client must agree on it, so it is
/// said once.
/// </summary>
public static class LocalPlaces
{
    /// <summary>The data folder where none is named: <c>$XDG_DATA_HOME/headrace</c>.</summary>
    public static string DefaultData => Path.Combine(Base("XDG_DATA_HOME", ".local/share"), "headrace");

    /// <summary>Notes of running servers, one file a process.</summary>
    public static string ServerNotes => Path.Combine(Base("XDG_STATE_HOME", ".local/state"), "headrace", "servers");

    /// <summary>The admin key of a data folder, mode 0600.</summary>
    public static string AdminKey(string data) => Path.Combine(data, "admin.key");

    /// <summary>
    /// The folder for sockets, mode 0700: <c>$XDG_RUNTIME_DIR/headrace</c>, else <c>/tmp/headrace-UID</c>. Short,
    /// because a socket's path may have 107 characters.
    /// </summary>
    public static string Sockets(uint userId)
    {
        var runtime = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        return string.IsNullOrEmpty(runtime) ? $"/tmp/headrace-{userId}" : Path.Combine(runtime, "headrace");
    }

    private static string Base(string variable, string belowHome)
    {
        var set = Environment.GetEnvironmentVariable(variable);
        return string.IsNullOrEmpty(set)
            ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), belowHome)
            : set;
    }
}
