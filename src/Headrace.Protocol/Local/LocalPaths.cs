using Headrace.Core;

namespace Headrace.Protocol.Local;

/// <summary>
/// Defines the paths of one user on one machine, following the XDG specification. Server, worker and client share them.
/// A variable that is empty or not an absolute path counts as unset, as that specification requires.
/// </summary>
public static class LocalPaths
{
    /// <summary>
    /// Gets the default data folder: <c>$XDG_DATA_HOME/headrace</c>. Throws <see cref="HeadraceException"/> if the user
    /// has no home folder, because a path relative to the current folder would refer to a different store in every
    /// folder.
    /// </summary>
    public static string DefaultData =>
        Below("XDG_DATA_HOME", ".local/share") is { } folder
            ? Path.Combine(folder, "headrace")
            : throw new HeadraceException(
                $"There is no default data folder, because {NoHome}. Specify the data folder with --data, or set "
                    + "XDG_DATA_HOME to an absolute path."
            );

    /// <summary>
    /// Gets the folder of the running-server files, one for each server process. Null if the user has no home folder.
    /// </summary>
    public static string? RunningServers =>
        Below("XDG_STATE_HOME", ".local/state") is { } folder ? Path.Combine(folder, "headrace", "servers") : null;

    /// <summary>Gets the folder of the user's logins. Null if the user has no home folder.</summary>
    public static string? Logins =>
        Below("XDG_STATE_HOME", ".local/state") is { } folder ? Path.Combine(folder, "headrace", "logins") : null;

    /// <summary>Gets the path of the user's settings file. Null if the user has no home folder.</summary>
    public static string? UserSettings =>
        Below("XDG_CONFIG_HOME", ".config") is { } folder ? Path.Combine(folder, "headrace", "config.json") : null;

    /// <summary>
    /// Gets the home folder: <c>$HOME</c>, or the folder in the user database if the variable is not set. Null if that
    /// folder does not exist or is not an absolute path.
    /// </summary>
    private static string? Home =>
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is var home && Path.IsPathRooted(home)
            ? home
            : null;

    /// <summary>The reason why <see cref="Home"/> is null, as a clause.</summary>
    private static string NoHome =>
        Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home
            ? Path.IsPathRooted(home)
                ? $"the home folder {home} (HOME) does not exist"
                : $"HOME is '{home}', which is not an absolute path"
            : "the user has no home folder";

    /// <summary>Returns the path of the admin key in a data folder (mode 0600).</summary>
    public static string AdminKey(string data) => Path.Combine(data, "admin.key");

    /// <summary>
    /// Returns the path of the file in which earlier versions kept the secret of the worker keys. The secret is now in
    /// the store.
    /// </summary>
    public static string WorkerSecret(string data) => Path.Combine(data, "worker.key");

    /// <summary>
    /// Returns the folder for sockets (mode 0700): <c>$XDG_RUNTIME_DIR/headrace</c> or, if the variable is not set,
    /// <c>/tmp/headrace-UID</c>. The path is short because Linux limits socket paths to 107 characters.
    /// </summary>
    public static string Sockets(uint userId) =>
        Absolute("XDG_RUNTIME_DIR") is { } runtime ? Path.Combine(runtime, "headrace") : TemporarySockets(userId);

    /// <summary>Returns the folder for sockets for a user without <c>XDG_RUNTIME_DIR</c>.</summary>
    public static string TemporarySockets(uint userId) => $"/tmp/headrace-{userId}";

    private static string? Below(string variable, string belowHome) =>
        Absolute(variable) ?? (Home is { } home ? Path.Combine(home, belowHome) : null);

    private static string? Absolute(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { } path && Path.IsPathRooted(path) ? path : null;
}
