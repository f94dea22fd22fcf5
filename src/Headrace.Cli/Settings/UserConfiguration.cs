using Headrace.Protocol.Local;

namespace Headrace.Cli.Settings;

/// <summary>Reads the two settings files: <c>./headrace.json</c> and the user's configuration.</summary>
internal static class UserConfiguration
{
    public const string FolderFile = "./headrace.json";

    /// <summary>
    /// The setting for the server that commands connect to. Only the user's configuration may contain this setting.
    /// </summary>
    public const string Server = UserConfigFile.Server;

    /// <summary>The server specified in the user's configuration; null if none is specified.</summary>
    public static NamedServer? NamedServer =>
        Read().Find(Server) is { } setting ? new NamedServer(setting.Text, setting.Origin) : null;

    /// <summary>Reads the user's configuration file. A user without a home folder has none.</summary>
    public static SettingsLayer Read() =>
        LocalPaths.UserSettings is { } path
            ? SettingsFile.Read(path, path, Server)
            : SettingsFile.Parse("{}", "the user's configuration");

    public static SettingsLayer ReadFolder() => SettingsFile.Read(FolderFile, FolderFile);
}
