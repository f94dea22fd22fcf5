using Headrace.Commands;

namespace Headrace.Cli.Settings;

/// <summary>The two files that settings may come from.</summary>
internal static class UserConfiguration
{
    public const string FolderFile = "./headrace.json";

    /// <summary>
    /// The server that commands go to. It is not read from <c>./headrace.json</c>: anyone who can put a file into a
    /// folder could otherwise have the key of <c>HEADRACE_KEY</c> sent to a server of their own.
    /// </summary>
    public const string Server = "server";

    public static string Path
    {
        get
        {
            var set = Environment.GetEnvironmentVariable("XDG_CONFIG_HOME");
            var below = string.IsNullOrEmpty(set)
                ? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config")
                : set;
            return System.IO.Path.Combine(below, "headrace", "config.json");
        }
    }

    /// <summary>The server that the user's file names; null if it names none.</summary>
    public static NamedServer? NamedServer =>
        Read().Find(Server) is { } setting ? new NamedServer(setting.Text, setting.Origin) : null;

    public static SettingsLayer Read() => SettingsFile.Read(Path, Path, Server);

    public static SettingsLayer ReadFolder() => SettingsFile.Read(FolderFile, FolderFile);
}
