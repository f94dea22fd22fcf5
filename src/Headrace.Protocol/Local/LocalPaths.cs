namespace Headrace.Protocol.Local;

/// <summary>
/// Defines the paths of one user on one machine, following the XDG specification. Server, worker and client share them.
/// </summary>
public static class LocalPaths
{
    /// <summary>Gets the default data folder: <c>$XDG_DATA_HOME/headrace</c>.</summary>
    public static string DefaultData => Path.Combine(Base("XDG_DATA_HOME", ".local/share"), "headrace");

    /// <summary>Gets the folder of the running-server files, one for each server process.</summary>
    public static string RunningServers => Path.Combine(Base("XDG_STATE_HOME", ".local/state"), "headrace", "servers");

    /// <summary>Returns the path of the admin key in a data folder (mode 0600).</summary>
    public static string AdminKey(string data) => Path.Combine(data, "admin.key");

    /// <summary>
    /// Returns the folder for sockets (mode 0700): <c>$XDG_RUNTIME_DIR/headrace</c>, otherwise
    /// <c>/tmp/headrace-UID</c>. The path is short because Linux limits socket paths to 107 characters.
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
