using Headrace.Commands;

namespace Headrace.Cli.Settings;

/// <summary>Reads the two settings files: <c>./headrace.json</c> and the user's configuration.</summary>
internal static class UserConfiguration
{
    public const string FolderFile = "./headrace.json";

    /// <summary>
    /// The server that commands connect to. This setting is not read from <c>./headrace.json</c>: otherwise anyone who
    /// can write a file into the current folder could have the key in <c>HEADRACE_KEY</c> sent to another server.
    /// </summary>
    public const string Server = "server";

    public static string Path
    {
        get
        {
            var configured = Environment.GetEnvironmentVariable("XDG_CONFIG_HOME");
            var folder = string.IsNullOrEmpty(configured)
                ? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config")
                : configured;
            return System.IO.Path.Combine(folder, "headrace", "config.json");
        }
    }

    /// <summary>The server specified in the user's configuration; null if none is specified.</summary>
    public static NamedServer? NamedServer =>
        Read().Find(Server) is { } setting ? new NamedServer(setting.Text, setting.Origin) : null;

    public static SettingsLayer Read() => SettingsFile.Read(Path, Path, Server);

    public static SettingsLayer ReadFolder() => SettingsFile.Read(FolderFile, FolderFile);
}
